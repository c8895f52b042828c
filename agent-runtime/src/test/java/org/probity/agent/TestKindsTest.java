package org.probity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.probity.ground.TestKind;

/**
 * Every test class of every module is of one kind ({@link TestKind}): of the one that it names, or,
 * where it names none, a unit test, which starts no chain, node, database or command.
 */
final class TestKindsTest {

  private static final Path HOME = Path.of(System.getProperty("probity.home"));

  private static final Pattern TEST =
      Pattern.compile("@(Test|ParameterizedTest|TestFactory|RepeatedTest|Property|Example)\\b");

  private static final Pattern KIND =
      Pattern.compile("@TestKind\\.(Differential|Fuzz|Acceptance)\\b");

  /** What a test starts, or has started for it, that is no unit test. */
  private static final Pattern STARTED =
      Pattern.compile(
          "\\b(LocalChain\\.start|DemoWorld\\.|Ran\\.of|ProbityProcess\\.|"
              + "new VaultBench|OnOneChain|Twins\\.|Evm\\.shared|new (Verification\\.)?Bench\\(|EmbeddedPostgres\\.|ScratchDatabase\\.)");

  /** By the end of a class's name. */
  private static final Map<String, String> NAMES =
      Map.of(
          "FuzzTest", "Fuzz",
          "ParityTest", "Differential",
          "DifferentialTest", "Differential",
          "DrillTest", "Acceptance",
          "CommandTest", "Acceptance");

  @Test
  void everyClassIsOfOneKind() throws IOException {
    Map<String, List<String>> kinds = kinds();
    assertThat(kinds).hasSizeGreaterThan(190);
    assertThat(kinds.values()).allSatisfy(named -> assertThat(named).hasSizeLessThanOrEqualTo(1));
    assertThat(kinds.values())
        .contains(List.of("Differential"), List.of("Fuzz"), List.of("Acceptance"));
  }

  @Test
  void namesSayNothingElse() throws IOException {
    kinds()
        .forEach((name, named) ->
            NAMES.forEach((end, kind) -> {
              if (name.endsWith(end)) {
                assertThat(named).as(name).containsExactly(kind);
              }
            }));
  }

  @Test
  void unitTestsStartNothing() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Path file : tests()) {
      String source = Files.readString(file);
      STARTED
          .matcher(source)
          .results()
          .filter(_ -> !KIND.matcher(source).find())
          .forEach(found -> wrong.add(file.getFileName() + ": " + found.group()));
    }
    assertThat(wrong).as("tests that need a kind (TestKind) because of what they start").isEmpty();
  }

  private static Map<String, List<String>> kinds() throws IOException {
    Map<String, List<String>> kinds = new TreeMap<>();
    for (Path file : tests()) {
      kinds.put(
          HOME.relativize(file).toString().replace(".java", ""),
          KIND.matcher(Files.readString(file))
              .results()
              .map((MatchResult kind) -> kind.group(1))
              .toList());
    }
    return kinds;
  }

  /** The files of all modules that hold tests. */
  private static List<Path> tests() throws IOException {
    List<Path> tests = new ArrayList<>();
    try (Stream<Path> modules = Files.list(HOME)) {
      for (Path module : modules.filter(m -> Files.exists(m.resolve("src/test/java"))).toList()) {
        try (Stream<Path> files = Files.walk(module.resolve("src/test/java"))) {
          for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
            if (!file.endsWith("TestKindsTest.java")
                && TEST.matcher(Files.readString(file)).find()) {
              tests.add(file);
            }
          }
        }
      }
    }
    return tests;
  }
}
