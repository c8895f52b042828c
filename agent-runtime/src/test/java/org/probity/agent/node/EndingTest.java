package org.probity.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.Agents;
import org.probity.agent.Ending;
import org.probity.agent.gateway.HttpGateway;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.agent.settings.OperationSettings;
import org.probity.agent.watch.NodeWatch;
import org.probity.agent.watch.Surroundings;
import org.probity.ground.TestKind;
import org.probity.intent.Pace;

/** A node that cannot go on says why, once, and ends. */
@TestKind.Acceptance
final class EndingTest {

  @TempDir private Path folder;
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private final BlockingQueue<Integer> halted = new LinkedBlockingQueue<>();
  private final Ending ending = new Ending(told::add, halted::add, Duration.ofSeconds(15));
  private final ScriptedWorld vault = ScriptedWorld.ofNodes(new Pace(120, false));

  @Test
  void firstReasonCountsAndIsToldOnce() {
    ending.because("One.");
    ending.because("Two.");
    assertThat(told).containsExactly("One.");
    assertThat(ending.sentence()).contains("One.");
    assertThat(halted).isEmpty();
  }

  @Test
  void errorInAThreadHaltsTheProcessAndAnExceptionDoesNot() {
    ending.uncaughtException(Thread.currentThread(), new IllegalStateException("a survey"));
    assertThat(told).isEmpty();
    ending.uncaughtException(Thread.currentThread(), new OutOfMemoryError("Java heap space"));
    assertThat(told).singleElement().asString().contains("not enough memory", "-Xmx4g");
    assertThat(halted).containsExactly(Ending.STATUS);
  }

  @Test
  void headsThatComeNoMoreEndANodeHoweverTheirThreadDied() throws Exception {
    Thread dying =
        Thread.ofVirtual()
            .name("heads")
            .unstarted(() -> {
              throw new IllegalStateException("no more\n\u001b[2Jheads");
            });
    dying.setUncaughtExceptionHandler(ending);
    dying.start();
    dying.join();
    assertThat(told).singleElement().asString().contains("no heads any more", "no more\\n\\u001b");
    assertThat(halted).isEmpty();
  }

  @Test
  void nodeThatIsDownedSaysSoAndIsNotReady() throws InterruptedException {
    withNode(node -> {
      assertThat(node.isUp()).isTrue();
      Cluster cluster = Cluster.get(node.system());
      cluster.manager().tell(Down.apply(cluster.selfMember().address()));
      try {
        node.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      assertThat(node.isUp()).isFalse();
    });
    assertThat(told).singleElement().asString().contains("its cluster takes it for dead");
    assertThat(halted).isEmpty();
  }

  /** As one whose thread died: the node would wait for it for ever. */
  @Test
  void nodeWhoseActorsDoNotEndSaysSo() {
    withNode(node -> {
      CountDownLatch released = new CountDownLatch(1);
      node.system()
          .systemActorOf(
              Behaviors.receive(Void.class)
                  .onSignal(
                      PostStop.class,
                      _ -> {
                        waitFor(released);
                        return Behaviors.same();
                      })
                  .build(),
              "stuck",
              DispatcherSelector.blocking());
      try {
        node.system().terminate();
        node.join();
        assertThat(node.system().getWhenTerminated().toCompletableFuture()).isNotDone();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      } finally {
        released.countDown();
      }
    });
    assertThat(told).singleElement().asString().contains("ended without being asked");
  }

  @Test
  void nodeThatIsClosedGivesNoReason() {
    withNode(_ -> {});
    assertThat(told).isEmpty();
  }

  /** The step ran on a virtual thread, and its future would have kept the error. */
  @Test
  void errorInAnAgentsStepHaltsTheProcess() {
    ActorTestKit kit = ActorTestKit.create(TestActors.inMemory(1));
    try {
      NodeGuardian.hearErrors(kit.system(), ending);
      ScriptedWorld world = new ScriptedWorld(kit, new Pace(120, false)).create();
      world.features =
          _ -> {
            throw new StackOverflowError();
          };
      world.head(1);
      halts();
    } finally {
      // Its thread died in the agent, which therefore never ends.
      ActorTestKit.shutdown(kit.system(), Duration.ofMillis(100), false);
    }
    assertThat(told).singleElement().asString().contains("StackOverflowError");
  }

  /** Its executor would keep what a look throws. */
  @Test
  void errorInTheWatchHaltsTheProcess() {
    try (NodeWatch watch = watch()) {
      hearing(() -> watch.begin(failing(Surroundings.class, "endpoints")));
    }
  }

  /** The future of an answer would keep it. */
  @Test
  void errorInTheApiHaltsTheProcess() {
    try (NodeWatch watch = watch();
        HttpGateway gateway =
            HttpGateway.listen(
                new OperationSettings.Http(
                    "127.0.0.1", 0, folder.resolve("token"), Optional.empty()),
                ending::because);
        HttpClient client = HttpClient.newHttpClient()) {
      gateway.serve(
          new HttpGateway.Served(
              failing(Agents.class, "list"),
              watch,
              TinyModel.digest(),
              List.of(),
              new Pace(120, false),
              _ -> {}));
      hearing(() -> {
        try {
          client.sendAsync(
              HttpRequest.newBuilder(URI.create(gateway.address() + "/v1/agents"))
                  .header(
                      "Authorization",
                      "Bearer " + Files.readString(folder.resolve("token")).strip())
                  .build(),
              HttpResponse.BodyHandlers.discarding());
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      });
    }
  }

  /** What happens here happens in a process of its own, and ends it. */
  private void hearing(Runnable what) {
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler(ending);
    try {
      what.run();
      halts();
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }

  private static NodeWatch watch() {
    Duration patience = Duration.ofMinutes(1);
    return new NodeWatch(
        new OperationSettings.Alerts(patience, patience, patience, BigInteger.ONE),
        List.of(),
        InstantSource.system());
  }

  /** One of its methods ends in an error of the virtual machine. */
  private static <T> T failing(Class<T> type, String name) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, _) -> {
              if (method.getName().equals(name)) {
                throw new StackOverflowError();
              }
              return null;
            }));
  }

  @Test
  void errorInAProverOrAnyOtherThreadOfTheActorsHaltsTheProcess() {
    withNode(node -> {
      node.system()
          .dispatchers()
          .lookup(DispatcherSelector.fromConfig("probity-proving-dispatcher"))
          .execute(() -> {
            throw new OutOfMemoryError("Java heap space");
          });
      halts();
    });
    assertThat(told).singleElement().asString().contains("not enough memory");
  }

  /** Of a real process: a thread dies that nobody looks after. */
  @Test
  void processEndsWithItsStatusAndOneSentence() throws Exception {
    ProcessBuilder dying =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-cp",
                classPath(),
                Dying.class.getName())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    // The virtual machine would tell of it.
    dying.environment().remove("JAVA_TOOL_OPTIONS");
    Process process = dying.start();
    try {
      String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(said.lines().filter(line -> !line.startsWith("SLF4J")))
          .singleElement()
          .asString()
          .startsWith("The node cannot go on, for it has not enough memory");
      assertThat(process.exitValue()).isEqualTo(70);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Runs out of memory in a thread, and would go on without it. */
  static final class Dying {
    private Dying() {}

    public static void main(String[] arguments) throws InterruptedException {
      Ending.ofProcess(System.err);
      Thread.ofVirtual()
          .name("heads")
          .start(() -> {
            List<long[]> all = new java.util.ArrayList<>();
            while (true) {
              all.add(new long[1 << 20]);
            }
          });
      Thread.sleep(Duration.ofMinutes(1));
    }
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void halts() {
    try {
      assertThat(halted.poll(60, TimeUnit.SECONDS)).isEqualTo(Ending.STATUS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void withNode(Consumer<ProbityNode> use) {
    try (ProbityNode node =
        ProbityNode.start(
            NodeSettings.alone(
                new JournalSettings.Embedded(folder.resolve("journal")), 1, ScriptedWorld.RETRY),
            _ -> vault.equipment(new ScriptedHeads()),
            InstantSource.system(),
            ending,
            ProbityNode.Harness.NONE)) {
      use.accept(node);
    }
  }

  /** Of this test, whoever runs it. */
  private static String classPath() {
    return EndingTest.class.getClassLoader() instanceof URLClassLoader loader
        ? Arrays.stream(loader.getURLs()).map(URL::getPath).collect(Collectors.joining(":"))
        : System.getProperty("java.class.path");
  }
}
