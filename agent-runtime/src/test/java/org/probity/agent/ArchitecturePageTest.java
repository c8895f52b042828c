package org.probity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/architecture.md, CONTRIBUTING.md and SECURITY.md against the code. */
final class ArchitecturePageTest {

  private static final Path HOME = Path.of(System.getProperty("probity.home"));
  private static final Pattern CLASS = Pattern.compile("`([A-Z][A-Za-z0-9]+)(?:\\.(\\w+))?`");
  private static final Pattern ROOM =
      Pattern.compile("^\\| `([a-z.]+)` \\| [a-z-]+ \\| .* \\|([^|]*)\\|$", Pattern.MULTILINE);
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
  private static final Pattern TARGET = Pattern.compile("]\\(([^)#:]+)(?:#[^)]*)?\\)");

  @Test
  void everyClassThatIsNamedExists() throws IOException {
    Map<String, Path> sources = sources();
    Set<String> missing = new TreeSet<>();
    int named = 0;
    for (String page : List.of("docs/architecture.md", "CONTRIBUTING.md", "SECURITY.md")) {
      for (MatchResult name : CLASS.matcher(read(page)).results().toList()) {
        Path source = sources.get(name.group(1));
        named++;
        boolean exists =
            source == null
                ? isOfJava(name.group(1))
                : name.group(2) == null || Files.readString(source).contains(" " + name.group(2));
        if (!exists) {
          missing.add(page + ": " + name.group());
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(named).isGreaterThan(100);
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    for (String page :
        List.of("docs/architecture.md", "CONTRIBUTING.md", "SECURITY.md", "README.md")) {
      Path here = HOME.resolve(page);
      assertThat(
              TARGET.matcher(read(page)).results().map(link -> here.resolveSibling(link.group(1))))
          .as(page)
          .allMatch(Files::exists);
    }
  }

  /** Tables and commands aside. */
  @Test
  void linesOfTheReadmeAreShort() throws IOException {
    assertThat(read("README.md").lines().filter(line -> !line.startsWith("|")))
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(200));
  }

  @Test
  void roomsStandOnWhatThePageSaysAndOnNothingElse() throws IOException {
    Map<String, Set<String>> said = new TreeMap<>();
    for (MatchResult row : ROOM.matcher(read("docs/architecture.md")).results().toList()) {
      said.put(
          row.group(1),
          QUOTED
              .matcher(row.group(2))
              .results()
              .map(below -> below.group(1))
              .collect(Collectors.toCollection(TreeSet::new)));
    }
    Map<String, Set<String>> found = arrows(said.keySet());
    assertThat(said.keySet()).isEqualTo(found.keySet());
    found.forEach((room, below) -> {
      assertThat(reachable(room, said)).as(room).containsAll(below);
      assertThat(below).as("arrows of " + room).containsAll(said.get(room));
    });
  }

  private static Map<String, Set<String>> arrows(Set<String> rooms) {
    Map<String, Set<String>> arrows = new TreeMap<>();
    for (JavaClass type : ArchitectureTest.PROBITY) {
      String from = room(type.getPackageName(), rooms).orElse(type.getPackageName());
      Set<String> below = arrows.computeIfAbsent(from, _ -> new TreeSet<>());
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        room(dependency.getTargetClass().getPackageName(), rooms)
            .filter(to -> !to.equals(from))
            .ifPresent(below::add);
      }
    }
    return arrows;
  }

  /** The innermost of {@code rooms} that a package is in. */
  private static Optional<String> room(String packageName, Set<String> rooms) {
    return rooms.stream()
        .filter(room -> (packageName + ".").startsWith("org.probity." + room + "."))
        .max(Comparator.comparingInt(String::length));
  }

  private static Set<String> reachable(String room, Map<String, Set<String>> arrows) {
    Set<String> all = new HashSet<>();
    for (String below : arrows.getOrDefault(room, Set.of())) {
      all.add(below);
      all.addAll(reachable(below, arrows));
    }
    return all;
  }

  private static Map<String, Path> sources() throws IOException {
    Map<String, Path> sources = new HashMap<>();
    for (String module :
        List.of(
            "zk-inference",
            "chain-adapters",
            "strategies",
            "intents",
            "simulations",
            "agent-runtime")) {
      try (Stream<Path> all = Files.walk(HOME.resolve(module).resolve("src"))) {
        all.filter(path -> path.toString().matches(".*\\.(java|sol)"))
            .sorted(Comparator.comparing(path -> path.toString().endsWith(".sol")))
            .forEach(path -> sources.putIfAbsent(name(path), path));
      }
    }
    return sources;
  }

  private static boolean isOfJava(String name) {
    return Stream.of("java.lang.", "java.util.")
        .anyMatch(room -> {
          try {
            return Class.forName(room + name) != null;
          } catch (ClassNotFoundException _) {
            return false;
          }
        });
  }

  private static String name(Path source) {
    return Arrays.asList(source.getFileName().toString().split("\\.")).getFirst();
  }

  private static String read(String page) throws IOException {
    return Files.readString(HOME.resolve(page));
  }
}
