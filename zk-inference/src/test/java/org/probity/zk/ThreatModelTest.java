package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the pages say shows a claim, or implements a section, is there under that name. */
class ThreatModelTest {
  private static final Path ROOT = root();

  private static Path root() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.isRegularFile(at.resolve("docs/threat-model.md"))) {
        return at;
      }
    }
    throw new IllegalStateException("docs/threat-model.md is not above the working folder");
  }

  @Test
  void everyClaimNamesTestsThatExist() throws IOException {
    var tests = sources("src/test/java", ".java");
    tests.putAll(sources("src/forge/solidity", ".t.sol"));
    var claims = rows("docs/threat-model.md", "\\| (claim|finding) .*");
    assertThat(claims).hasSizeGreaterThan(50);
    for (var cells : claims) {
      var named =
          Pattern.compile("`(\\w*Test|\\w+(?=\\.test_))?(?:\\.(\\w+))?`").matcher(cells.get(3));
      int count = 0;
      var test = "";
      while (named.find()) {
        // A method by itself is one of the test named before it.
        test = named.group(1) == null ? test : named.group(1);
        assertThat(tests.keySet()).as("%s", cells.get(1)).contains(test);
        if (named.group(2) != null) {
          assertThat(tests.get(test))
              .as("%s", test)
              .containsPattern("(void|DynamicNode>|function) " + named.group(2) + "\\(");
        }
        count++;
      }
      assertThat(count).as("tests of: %s", cells.get(1)).isPositive();
    }
  }

  @Test
  void everySectionOfTheProtocolNamesClassesAndFunctionsThatExist() throws IOException {
    var classes = sources("src/main/java", ".java");
    var contract =
        Files.readString(ROOT.resolve("zk-inference/src/main/solidity/DecisionVerifier.sol"));
    var sections =
        rows("docs/protocol.md", ".*").stream().filter(cells -> cells.size() == 5).toList();
    sections = sections.subList(sections.size() - 12, sections.size());
    assertThat(sections.getFirst().get(1)).startsWith("1 ");
    assertThat(sections.getLast().get(1)).startsWith("10 ");
    for (var cells : sections) {
      for (var name : names(cells.get(2) + cells.get(3))) {
        assertThat(classes).as("%s", cells.get(1)).containsKey(name);
      }
      for (var name : names(cells.get(4))) {
        assertThat(contract).as("%s", cells.get(1)).contains("function " + name + "(");
      }
    }
  }

  private static List<String> names(String cell) {
    return Pattern.compile("`(\\w+)`").matcher(cell).results().map(m -> m.group(1)).toList();
  }

  /** The cells of the rows of a page's tables, of those whose head is of such a form. */
  private static List<List<String>> rows(String page, String head) throws IOException {
    var rows = new ArrayList<List<String>>();
    var before = "";
    var wanted = false;
    for (var line : Files.readAllLines(ROOT.resolve(page))) {
      if (line.startsWith("|---")) {
        wanted = before.matches(head);
      } else if (!line.startsWith("| ")) {
        wanted = false;
      } else if (wanted) {
        rows.add(Arrays.stream(line.split("\\|")).map(String::strip).toList());
      }
      before = line;
    }
    return rows;
  }

  /** The text of every file of all modules that ends so, by class or contract. */
  private static Map<String, String> sources(String folder, String ending) throws IOException {
    var out = new HashMap<String, String>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (var module : modules.filter(m -> Files.isDirectory(m.resolve(folder))).toList()) {
        try (Stream<Path> files = Files.walk(module.resolve(folder))) {
          for (var file : files.filter(f -> f.toString().endsWith(ending)).toList()) {
            out.put(file.getFileName().toString().replace(ending, ""), Files.readString(file));
          }
        }
      }
    }
    return out;
  }
}
