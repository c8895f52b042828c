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
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.probity.ground.TestKind;

/**
 * The vault's contracts under Foundry's forge (src/forge): each check by itself, attacks, what
 * calls cost, and lives that forge invents.
 *
 * <p>Forge's numbers follow from a seed: {@code -Dprobity.forge.seed=0x2a} asks for other ones, and
 * {@code -Dprobity.forge.runs} for more lives. {@code -Dprobity.forge.profile=long} has them as
 * long and as many as foundry.toml says there.
 */
@TestKind.Fuzz
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class ForgeTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PROJECT = Path.of(System.getProperty("probity.home"));
  private static final Path MODULE = PROJECT.resolve("intents");
  private static final Path ACTS = MODULE.resolve("target/forge/acts.jsonl");
  private static final String LIVES = "60";
  private static final String ACTS_OF_A_LIFE = "60";

  private ObjectNode results = JSON.createObjectNode();

  @BeforeAll
  void run() throws Exception {
    Files.createDirectories(ACTS.getParent());
    Files.deleteIfExists(ACTS);
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
    String profile = System.getProperty("probity.forge.profile", "default");
    environment.put("FOUNDRY_PROFILE", profile);
    if (profile.equals("default")) {
      environment.put("FOUNDRY_INVARIANT_RUNS", System.getProperty("probity.forge.runs", LIVES));
      environment.put("FOUNDRY_INVARIANT_DEPTH", ACTS_OF_A_LIFE);
    }
    Process process = forge.start();
    String told =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    process.waitFor();
    // Where a corpus is kept, lines on the way come before it.
    String json = told.substring(told.lastIndexOf('\n') + 1);
    assertThat(json).as(() -> words(said)).startsWith("{");
    results = (ObjectNode) JSON.readTree(json);
    assertThat(process.exitValue() == 0 || failed(results)).as(() -> words(said) + json).isTrue();
  }

  private static boolean failed(JsonNode found) {
    return found.findValuesAsText("status").contains("Failure");
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
  @Test
  void callsCostWhatTheyDid() throws IOException {
    ObjectNode today = JSON.createObjectNode();
    results.findValues("gas_snapshots").stream()
        .map(groups -> groups.path("vault"))
        .forEach(costs -> costs.properties().forEach(e -> today.set(e.getKey(), e.getValue())));
    assertThat(today)
        .as("what calls cost, in gas: see Gas.t.sol for how it is written anew")
        .isEqualTo(JSON.readTree(MODULE.resolve("src/forge/snapshots/vault.json").toFile()));
  }

  /**
   * What nearly never succeeds shows nothing of what comes after it. Acts that the vault must
   * refuse are named so.
   */
  @Test
  void everyActOfALifeSucceedsNowAndThen() throws IOException {
    Map<String, long[]> acts = new TreeMap<>();
    try (Stream<String> lines = Files.lines(ACTS)) {
      lines
          .map(ForgeTest::read)
          .forEach(life ->
              life.properties()
                  .forEach(act -> {
                    long[] counts = acts.computeIfAbsent(act.getKey(), name -> new long[2]);
                    counts[0] += act.getValue().path(0).asLong();
                    counts[1] += act.getValue().path(1).asLong();
                  }));
    }
    StringBuilder table = new StringBuilder("\nacts of a vault's lives: tries, successes\n");
    acts.forEach(
        (name, counts) -> table.append("%-36s %8d %8d%n".formatted(name, counts[0], counts[1])));
    assertThat(acts).as(table::toString).hasSizeGreaterThan(20);
    assertThat(acts)
        .as(table::toString)
        .allSatisfy((name, counts) -> {
          if (name.startsWith("never")) {
            assertThat(counts[1]).as(name).isZero();
          } else if (counts[0] >= 100) {
            assertThat(100 * counts[1]).as(name).isGreaterThanOrEqualTo(counts[0]);
          }
        });
  }

  static JsonNode read(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      throw new AssertionError(line, e);
    }
  }
}
