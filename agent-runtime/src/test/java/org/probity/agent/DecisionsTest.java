package org.probity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every entry of docs/decisions.md stands under a heading and names a file that there is. */
final class DecisionsTest {

  private static final Path HOME = Path.of(System.getProperty("probity.home"));
  private static final Pattern QUOTED = Pattern.compile("`([A-Za-z0-9_./-]+)`");
  private static final Set<String> BUILT = Set.of("target", "node_modules", ".git");

  @Test
  void everyDecisionNamesTheFileThatItGuards() throws IOException {
    Set<String> files = names();
    List<String> entries =
        List.of(Files.readString(HOME.resolve("docs/decisions.md")).strip().split("\n\n"));
    assertThat(entries.getFirst()).startsWith("# ");
    assertThat(entries.stream().filter(entry -> entry.startsWith("## "))).hasSizeGreaterThan(5);
    assertThat(entries.stream().filter(entry -> entry.startsWith("**")))
        .hasSizeGreaterThan(100)
        .allSatisfy(entry ->
            assertThat(QUOTED.matcher(entry).results().map(DecisionsTest::file))
                .anyMatch(files::contains));
  }

  /** A class's member guards its class. */
  private static String file(MatchResult quoted) {
    String name = quoted.group(1);
    return name.matches("[A-Z]\\w+\\.[a-z]\\w*") && !name.matches(".*\\.(sol|md|java)")
        ? name.substring(0, name.indexOf('.'))
        : name;
  }

  private static Set<String> names() throws IOException {
    Set<String> names = new HashSet<>();
    try (Stream<Path> folders = Files.list(HOME)) {
      for (Path top : folders.filter(DecisionsTest::isSource).toList()) {
        try (Stream<Path> all = Files.walk(top)) {
          all.filter(DecisionsTest::isSource)
              .forEach(path -> {
                names.add(HOME.relativize(path).toString());
                String name = path.getFileName().toString();
                names.add(name);
                names.add(name.replaceFirst("\\.java$", ""));
              });
        }
      }
    }
    return names;
  }

  private static boolean isSource(Path path) {
    for (Path part : HOME.relativize(path)) {
      if (BUILT.contains(part.toString())) {
        return false;
      }
    }
    return true;
  }
}
