package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.ground.TestKind;

/**
 * The vault in lives that Foundry's forge invents (src/forge), and twenty of them lived again on a
 * chain, with real proofs.
 *
 * <p>Forge's numbers follow from a seed: {@code -Dprobity.forge.seed=0x2a} asks for other ones, and
 * {@code -Dprobity.forge.runs} for more lives.
 */
@TestKind.Fuzz
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class ForgeTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PROJECT = Path.of(System.getProperty("probity.home"));
  private static final Path MODULE = PROJECT.resolve("intents");
  private static final Path SEQUENCES = MODULE.resolve("target/forge/sequences.jsonl");
  private static final int REPLAYED = 20;

  private JsonNode results = JSON.createObjectNode();

  @BeforeAll
  void run() throws Exception {
    Files.createDirectories(SEQUENCES.getParent());
    Files.deleteIfExists(SEQUENCES);
    Path said = MODULE.resolve("target/forge/said.txt");
    ProcessBuilder forge =
        new ProcessBuilder(
                PROJECT.resolve("node_modules/@foundry-rs/forge-linux-amd64/bin/forge").toString(),
                "test",
                "--json",
                "--threads",
                "1")
            .directory(MODULE.toFile())
            .redirectError(said.toFile());
    Map<String, String> environment = forge.environment();
    environment.put("FOUNDRY_FUZZ_SEED", System.getProperty("probity.forge.seed", "0x1"));
    environment.put("FOUNDRY_INVARIANT_RUNS", System.getProperty("probity.forge.runs", "32"));
    Process process = forge.start();
    String json = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    assertThat(json).as(() -> words(said)).startsWith("{");
    results = JSON.readTree(json);
    assertThat(process.exitValue() == 0 || failed()).as(() -> words(said) + json).isTrue();
  }

  private boolean failed() {
    return results.findValuesAsText("status").contains("Failure");
  }

  private static String words(Path said) {
    try {
      return Files.readString(said);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @TestFactory
  Stream<DynamicTest> forge() {
    List<DynamicTest> tests = new ArrayList<>();
    results
        .properties()
        .forEach(suite ->
            suite
                .getValue()
                .path("test_results")
                .properties()
                .forEach(test ->
                    tests.add(
                        DynamicTest.dynamicTest(
                            suite.getKey().replaceFirst(".*:", "") + "." + test.getKey(),
                            () ->
                                assertThat(test.getValue().path("status").asText())
                                    .as(() ->
                                        test.getValue().path("reason")
                                            + "\n"
                                            + test.getValue().path("counterexample"))
                                    .isEqualTo("Success")))));
    assertThat(tests).hasSizeGreaterThan(10);
    return tests.stream();
  }

  /** Forge itself compares them only where it does not answer in JSON. */
  @ParameterizedTest
  @ValueSource(strings = {"vault", "treasury"})
  void callsCostWhatTheyDid(String group) throws IOException {
    ObjectNode today = JSON.createObjectNode();
    results.findValues("gas_snapshots").stream()
        .map(groups -> groups.path(group))
        .forEach(costs -> costs.properties().forEach(e -> today.set(e.getKey(), e.getValue())));
    assertThat(today)
        .as("what calls cost, in gas: see Gas.t.sol for how it is written anew")
        .isEqualTo(
            JSON.readTree(MODULE.resolve("src/forge/snapshots/" + group + ".json").toFile()));
  }

  @Test
  void livesOfForgeAreTheSameWithRealProofs() throws IOException {
    List<List<JsonNode>> lives = new ArrayList<>();
    try (Stream<String> lines = Files.lines(SEQUENCES)) {
      lines
          .map(line -> line.toLowerCase(Locale.ROOT))
          .forEach(line -> {
            JsonNode step = read(line);
            if (step.has("base")) {
              lives.add(new ArrayList<>());
            }
            lives.getLast().add(step);
          });
    }
    assertThat(lives).hasSizeGreaterThanOrEqualTo(REPLAYED);
    JsonNode tokens = lives.getFirst().getFirst();
    boolean baseFirst =
        ForgeReplay.isBelow(tokens.path("base").asText(), tokens.path("quote").asText());
    try (ForgeReplay replay = new ForgeReplay(baseFirst)) {
      lives.stream().limit(REPLAYED).forEach(replay::live);
      assertThat(replay.executed()).isPositive();
      assertThat(replay.refused()).isPositive();
    }
  }

  static JsonNode read(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      throw new AssertionError(line, e);
    }
  }
}
