package org.probity.cli.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.cli.ProbityProcess;
import org.probity.cli.Ran;
import org.probity.ground.TestKind;

/** {@code probity sweep}, {@code monte-carlo}, {@code honesty} and {@code train}. */
@TestKind.Acceptance
final class StudyCommandsTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private Path config = Path.of("");

  @BeforeEach
  void writeConfiguration() throws IOException {
    config = folder.resolve("study.conf");
    Files.writeString(
        config,
        """
        backtest { days = 1, market.source = synthetic, gas.gwei = 2 }
        sweep {
          parameters = [
            { key = backtest.policy.step, values = [10 min, 20 min, 30 min, 40 min] }
            { key = backtest.policy.max-action, values = [2000, 5000, 10000] }
          ]
        }
        monte-carlo { runs = 4 }
        training {
          from = "2024-01-01T03:00:00Z", to = "2024-01-01T16:00:00Z"
          tests = [{ from = "2024-01-01T16:00:00Z", to = "2024-01-02" }]
          hidden = [8], steps = 100, samples = 1000, lookahead-minutes = 30
        }
        """);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sweep", "walk-forward", "monte-carlo", "honesty", "train"})
  void placeThatCannotBeWrittenIsToldBeforeTheWork(String study) {
    Path never = Path.of("/proc");
    assumeThat(Files.isDirectory(never)).isTrue();
    Ran ran = Ran.of(study, config, "--out", never.resolve("out")).failed(1);
    ran.saying("Nothing can be written to the folder /proc");
    assertThat(ran.output()).isEmpty();
  }

  /** The process is killed as soon as some runs are there; the next one does the others. */
  @Test
  void killedSweepGoesOnAndGivesTheSame() throws IOException, InterruptedException {
    Path out = folder.resolve("killed");
    Process sweep =
        ProbityProcess.start(
            folder.resolve("sweep.log"), "sweep", config, "--out", out, "--threads", 1);
    while (finished(out) < 3 && sweep.isAlive()) {
      Thread.sleep(2);
    }
    sweep.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
    long before = finished(out);
    assertThat(before).as(Files.readString(folder.resolve("sweep.log"))).isPositive();

    JsonNode resumed = json("sweep", config, "--out", out, "--threads", 2, "--json");
    JsonNode fresh =
        json("sweep", config, "--out", folder.resolve("fresh"), "--threads", 1, "--json");
    assertThat(withoutPage(resumed)).isEqualTo(withoutPage(fresh));
    assertThat(resumed.get("runs")).hasSize(12);
    assertThat(resumed.at("/best/settings").size()).isEqualTo(2);
    assertThat(resumed.get("deflatedSharpe").asDouble()).isBetween(0.0, 1.0);
    assertThat(out.resolve("sweep.html")).isNotEmptyFile();
  }

  @Test
  void pathsAreADistribution() throws IOException {
    JsonNode found =
        json("monte-carlo", config, "--out", folder.resolve("mc"), "--runs", 3, "--json");
    assertThat(found.get("runs").asInt()).isEqualTo(3);
    assertThat(found.at("/quantiles/total-return")).hasSize(5);
    assertThat(folder.resolve("mc/monte-carlo.html")).isNotEmptyFile();
  }

  @Test
  void honestyOfTheExampleIsFoundAndOnTheReport() throws IOException {
    Path out = folder.resolve("honest");
    JsonNode found = json("honesty", config, "--out", out, "--cuts", 2, "--json");
    assertThat(found.at("/lookAhead/passed").asBoolean()).isTrue();
    assertThat(found.get("stress")).hasSize(5);
    assertThat(Files.readString(out.resolve("report.html")))
        .contains("look-ahead", "No decision changed");
  }

  @Test
  void strategyIsTrainedAndTestedFromOneFile() throws IOException {
    Path out = folder.resolve("trained");
    JsonNode found = json("train", config, "--out", out, "--json");
    assertThat(found.get("stretches")).hasSize(2);
    assertThat(found.at("/stretches/1/name").asText()).isEqualTo("test-1");
    assertThat(out.resolve("test-1/report.html")).isNotEmptyFile();
    assertThat(out.resolve("test-1/summary.json")).isNotEmptyFile();
  }

  @Test
  void whatCannotBeUsedIsNamed() throws IOException {
    Ran.of("sweep", folder.resolve("none.conf")).failed(1).saying("none.conf");
    Path plain = folder.resolve("plain.conf");
    Files.writeString(plain, "backtest { days = 1 }");
    Ran.of("sweep", plain).failed(1).saying("sweep.parameters");
    Ran.of("train", plain).failed(1).saying("no section training");
    Ran.of("walk-forward", plain).failed(1).saying("nothing to choose");
    Ran.of("monte-carlo", plain, "--runs", 0).failed(1).saying("--runs is 0");
    Files.writeString(plain, "backtest { days = 1 }, sweep { objective = fame }");
    Ran.of("sweep", plain).failed(1).saying("fame", "sharpe");
  }

  private static JsonNode json(Object... arguments) throws IOException {
    List<String> lines = Ran.of(arguments).succeeded().output().strip().lines().toList();
    assertThat(lines).hasSize(1);
    return JSON.readTree(lines.getFirst());
  }

  private static JsonNode withoutPage(JsonNode node) {
    ObjectNode copy = node.deepCopy();
    copy.remove("page");
    return copy;
  }

  private static long finished(Path out) throws IOException {
    Path runs = out.resolve("runs");
    if (!Files.isDirectory(runs)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(runs)) {
      return files.filter(f -> f.toString().endsWith(".json")).count();
    }
  }
}
