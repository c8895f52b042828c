package org.probity.agent.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.tls.Authority;
import org.probity.agent.tls.NodeKeys;
import org.probity.ground.TestKind;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.history.CsvImport;
import org.probity.sim.history.HistoryStore;
import org.probity.sim.history.ImportListener;
import org.probity.sim.history.Tolerance;
import org.probity.sim.study.BacktestJobs;
import org.probity.sim.study.Job;
import org.probity.sim.study.RunSummary;
import org.probity.sim.study.Study;

/** One study on several nodes. */
@TestKind.Acceptance
final class StudyClusterTest {

  private static final String CODE = Backtest.codeVersion();

  @TempDir private Path folder;
  private final List<String> news = new CopyOnWriteArrayList<>();
  private final NodeKeys keys = Authority.make().issue("node");

  @Test
  @TestKind.Full // three processes, a minute and a half
  void workerThatIsKilledChangesNothing() throws Exception {
    List<Job> jobs = seeds(new BacktestJobs(), invented(folder), 20);
    List<RunSummary> alone = alone(jobs);
    try (var cluster = StudyCluster.listen(StudyAddress.LOOPBACK, keys, 0, CODE, news::add)) {
      Process killed = worker(cluster.address(), "killed");
      Process other = worker(cluster.address(), "other");
      try {
        awaitNews("has come", 2);
        var finished = new AtomicInteger();
        var runs = new CompletableFuture<List<RunSummary>>();
        Thread.startVirtualThread(() -> {
          try {
            runs.complete(
                new Study(folder.resolve("shared"), cluster, CODE)
                    .run(
                        jobs,
                        (done, _, _) -> {
                          finished.set(done);
                          if (done == 4) {
                            killed.destroyForcibly();
                          }
                        }));
          } catch (RuntimeException e) {
            runs.completeExceptionally(e);
          }
        });
        assertThat(runs.get(60, TimeUnit.SECONDS)).isEqualTo(alone);
        assertThat(finished).hasValue(20);
        awaitNews("is lost", 1);
        assertThat(cluster.finishedByNode().values().stream().mapToInt(n -> n).sum()).isEqualTo(20);
      } finally {
        killed.destroyForcibly();
        other.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  @TestKind.Full // as many processes
  void nodesShareAStudyAndOneMayLeave() throws Exception {
    HistoryStore store = store(folder.resolve("ours/history"), 100);
    store(folder.resolve("theirs/history"), 100);
    BacktestSettings settings = recorded(folder.resolve("ours"));
    assertThat(store.find("prices")).isPresent();
    var made = new BacktestJobs();
    List<Job> jobs = new ArrayList<>(seeds(made, settings, 10));
    IntStream.range(0, 6).forEach(i -> jobs.add(made.job(settings, 120, i)));
    List<RunSummary> alone = alone(jobs);
    try (var cluster = StudyCluster.listen(StudyAddress.LOOPBACK, keys, 1, CODE, news::add);
        var leaver = join(cluster, CODE, folder.resolve("theirs"));
        var stayer = join(cluster, CODE, folder.resolve("theirs"))) {
      awaitNews("has come", 2);
      var study = new Study(folder.resolve("shared"), cluster, CODE);
      List<RunSummary> runs =
          study.run(
              jobs,
              (done, _, _) -> {
                if (done == 5) {
                  leaver.leave();
                }
              });
      assertThat(runs).isEqualTo(alone);
      assertThat(leaver.await() + stayer(cluster, stayer) + here(cluster)).isEqualTo(16);
      awaitNews("has left", 1);
      assertThat(news).noneMatch(sentence -> sentence.contains("lost"));
    }
  }

  @Test
  void workerWithOtherCodeOrDataIsRefusedAndToldWhy() throws Exception {
    store(folder.resolve("ours/history"), 100);
    store(folder.resolve("theirs/history"), 101);
    Files.createDirectories(folder.resolve("none"));
    List<Job> jobs = seeds(new BacktestJobs(), recorded(folder.resolve("ours")), 3);
    try (var cluster = StudyCluster.listen(StudyAddress.LOOPBACK, keys, 0, CODE, news::add);
        var otherCode = join(cluster, "0.0.1-other", folder.resolve("ours"))) {
      assertThatThrownBy(otherCode::await)
          .hasMessageContaining("it runs the code 0.0.1-other, and ours is " + CODE);
      var runs =
          CompletableFuture.supplyAsync(() ->
              new Study(folder.resolve("shared"), cluster, CODE).run(jobs, Study.Progress.NONE));
      try (var otherData = join(cluster, CODE, folder.resolve("theirs"))) {
        assertThatThrownBy(otherData::await).hasMessageContaining("its market series has the hash");
      }
      try (var noData = join(cluster, CODE, folder.resolve("none"))) {
        assertThatThrownBy(noData::await).hasMessageContaining("There is no history in");
      }
      assertThat(cluster.finishedByNode()).isEmpty();
      try (var same = join(cluster, CODE, folder.resolve("ours"))) {
        assertThat(runs.get(60, TimeUnit.SECONDS)).hasSize(3);
        assertThat(cluster.finishedByNode()).containsOnlyKeys(same.address().toString());
      }
      assertThat(news).filteredOn(sentence -> sentence.contains("is refused")).hasSize(3);
    }
  }

  @Test
  void studyWithoutWorkersGivesUpAndAFailureIsTold() {
    List<Job> jobs = seeds(new BacktestJobs(), invented(folder), 2);
    try (var cluster = StudyCluster.listen(StudyAddress.LOOPBACK, keys, 0, CODE, news::add)) {
      var runs = CompletableFuture.runAsync(() -> cluster.run(jobs, (_, _) -> {}));
      while (!runs.isDone()) {
        cluster.giveUp("Nobody came");
      }
      assertThatThrownBy(runs::join).hasRootCauseMessage("Nobody came");
      assertThatThrownBy(() ->
              cluster.run(
                  List.of(
                      new Job(
                          "only-here",
                          "trained",
                          () -> {
                            throw new AssertionError();
                          })),
                  (_, _) -> {}))
          .hasMessageContaining("weights do not travel");
    }
  }

  // ---- nodes ----

  private StudyWorker join(StudyCluster cluster, String code, Path folder) {
    return StudyWorker.join(cluster.address(), StudyAddress.LOOPBACK, keys, 1, code, folder);
  }

  private static int stayer(StudyCluster cluster, StudyWorker stayer) {
    return cluster.finishedByNode().getOrDefault(stayer.address().toString(), 0);
  }

  private static int here(StudyCluster cluster) {
    return cluster.finishedByNode().getOrDefault("here", 0);
  }

  private Process worker(StudyAddress join, String name) throws IOException {
    keys.save(folder.resolve(name));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            classPath(),
            "org.probity.cli.Probity",
            "study-worker",
            "--join",
            join.toString(),
            "--keys",
            folder.resolve(name).toString(),
            "--threads",
            "1",
            "--folder",
            folder.toString())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(name + ".log").toFile())
        .start();
  }

  /** Of this test, whoever runs it. */
  private static String classPath() {
    return StudyClusterTest.class.getClassLoader() instanceof URLClassLoader loader
        ? Arrays.stream(loader.getURLs()).map(URL::getPath).collect(Collectors.joining(":"))
        : System.getProperty("java.class.path");
  }

  private void awaitNews(String words, int count) throws InterruptedException {
    for (int i = 0; i < 3_000; i++) {
      if (news.stream().filter(sentence -> sentence.contains(words)).count() >= count) {
        return;
      }
      Thread.sleep(20);
    }
    throw new AssertionError("Nobody said \"%s\": %s".formatted(words, news));
  }

  // ---- jobs ----

  private List<RunSummary> alone(List<Job> jobs) {
    return new Study(folder.resolve("alone"), 2, CODE).run(jobs, Study.Progress.NONE);
  }

  private static List<Job> seeds(BacktestJobs jobs, BacktestSettings settings, int count) {
    return IntStream.range(0, count)
        .mapToObj(seed -> jobs.job(settings.with("backtest.seed", seed), "seed " + seed))
        .toList();
  }

  private static BacktestSettings invented(Path folder) {
    return BacktestSettings.read(
        ConfigFactory.parseString(
            "backtest { days = 1, market.source = synthetic, gas.gwei = 2.50, policy.step = 10 min }"),
        folder);
  }

  private static BacktestSettings recorded(Path folder) {
    return BacktestSettings.read(
        ConfigFactory.parseString(
            """
            backtest {
              market { source = candles, store = history, series = prices, fee-pips = 500 }
              policy.step = 10 min
            }
            """),
        folder);
  }

  /** Two days of candles that wander around {@code price}. */
  private static HistoryStore store(Path folder, double price) throws IOException {
    Path csv = Files.createTempFile("prices", ".csv");
    var lines = new ArrayList<String>();
    lines.add("time,open,high,low,close,volume");
    double open = price;
    for (int i = 0; i < 2 * 1_440; i++) {
      double close = price * (1 + 0.03 * Math.sin(i / 90.0) + 0.004 * Math.sin(i / 7.0));
      lines.add(
          "%d,%s,%s,%s,%s,1"
              .formatted(
                  1_704_067_200L + 60L * i,
                  open,
                  Math.max(open, close) * 1.0001,
                  Math.min(open, close) * 0.9999,
                  close));
      open = close;
    }
    Files.write(csv, lines);
    HistoryStore store = HistoryStore.at(folder);
    new CsvImport(store, Tolerance.STRICT, ImportListener.NONE)
        .run("prices", List.of(csv), new TreeMap<>(Map.of()));
    Files.delete(csv);
    return store;
  }
}
