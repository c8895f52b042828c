package org.probity.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.probity.agent.settings.JournalSettings;
import org.probity.ground.Keccak;

/** A journal that somebody hands over, as it should be and as it should not. */
final class JournalFileTest {

  @TempDir private static Path folder = Path.of("");
  private static List<String> whole = List.of();

  @BeforeAll
  static void export() throws IOException {
    Path journal = Files.createDirectory(folder.resolve("journal"));
    try (InputStream in =
        new GZIPInputStream(
            Objects.requireNonNull(
                JournalFileTest.class.getResourceAsStream("/frozen/journal/journal.mv.db.gz")))) {
      Files.copy(in, journal.resolve("journal.mv.db"));
    }
    List<String> lines = new ArrayList<>();
    try (Journal own = Journal.open(new JournalSettings.Embedded(journal))) {
      own.raw(lines::add);
    }
    whole = List.copyOf(lines);
  }

  @Test
  void sameRowsAndChecksComeFromAFile() throws IOException {
    try (Journal handed = Journal.open(file(whole))) {
      assertThat(handed.lines()).isEqualTo(whole.size() - 2);
      assertThat(handed.agents()).hasSize(2);
      assertThat(handed.decisions(handed.agents().getFirst())).hasSize(10);
      Journal.Checked checked = handed.verify(Map.of(), null, _ -> {});
      assertThat(checked.fault()).isEmpty();
      assertThat(checked.executions()).isEqualTo(3);
      List<String> again = new ArrayList<>();
      handed.raw(again::add);
      assertThat(again).isEqualTo(whole);
    }
    assertThat(Journal.isExport(file(whole))).isTrue();
    assertThat(Journal.isExport(folder)).isFalse();
    assertThat(Journal.isExport(Path.of("/dev/zero"))).isFalse();
  }

  @Test
  void namesThatActOnATerminalAreWrittenHarmlessly() throws IOException {
    String evil = "a\u009b2J\u202e\u2028";
    List<String> lines = new ArrayList<>();
    String name = name();
    whole.forEach(line -> lines.add(line.replace('"' + name + '"', '"' + evil + '"')));
    try (Journal handed = Journal.open(file(lines))) {
      List<String> shown = new ArrayList<>();
      handed.export(shown::add);
      handed.raw(shown::add);
      assertThat(shown).hasSize(2 * whole.size() - 2).allMatch(JournalFileTest::isAscii);
      assertThat(shown).filteredOn(line -> line.contains("a\\u009B2J\\u202E\\u2028")).isNotEmpty();
    }
  }

  private static boolean isAscii(String line) {
    return line.chars().allMatch(c -> c >= ' ' && c < 127);
  }

  private static String name() {
    String line = whole.get(1);
    int from = line.indexOf("\"agent\":\"") + 9;
    return line.substring(from, line.indexOf('"', from));
  }

  static Stream<List<String>> wrong() {
    return Stream.of(
        List.of("it was cut off", "-1"),
        List.of("it was cut off", "-2"),
        List.of("has 28 lines, and there are 27", "-7"),
        List.of("does not come after line", "swap"),
        List.of("something follows its last line", "+{}"),
        List.of("it is no journal", "0{\"format\":\"other\",\"version\":1}"),
        List.of("another version than 2", "0{\"format\":\"probity-journal\",\"version\":1}"),
        List.of("another version than 2", "0{\"format\":\"probity-journal\",\"version\":\"2\"}"),
        List.of("it is no JSON", "3{\"agent\":"),
        List.of("it is no JSON", "3{\"agent\":\"a\",\"agent\":\"b\"}"),
        List.of("it is no JSON", "3{} {}"),
        List.of("it is no JSON object", "3[]"),
        List.of("it is no JSON object", "3"),
        List.of("it is no JSON", "3" + "[".repeat(100_000)),
        List.of("it is not what an export writes", "3{}"),
        List.of("it is longer than a line can be", "3" + " ".repeat((4 << 20) + 1)),
        List.of("not hexadecimal", "~payload\":\"~payload\":\"zz"),
        List.of("it was changed", "~payload\":\"03~payload\":\"04"),
        List.of("it is not what an export writes", "~\"sequence\":~\"sequence\":1.0,\"x\":"),
        List.of("it is not what an export writes", "~\"deleted\":false~\"deleted\":\"false\""),
        List.of("it is not what an export writes", "~\"agent\":\"~\"agent\":\"" + "a".repeat(255)),
        List.of("it is not what an export ends with", "$\"agents\":{~\"more\":0,\"agents\":{"),
        List.of(
            "it is not what an export ends with",
            "$\"lines\":74~\"lines\":" + BigInteger.TWO.pow(64).add(BigInteger.valueOf(74))),
        List.of("it says that", "$\"lines\":74~\"lines\":75"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void whatIsNotWholeOrNotAnExportIsNamed(List<String> wrong) throws IOException {
    List<String> lines = new ArrayList<>(whole);
    String how = wrong.get(1);
    String rest = how.substring(1);
    switch (how.charAt(0)) {
      case '-' -> {
        int at = Integer.parseInt(rest);
        lines.subList(lines.size() - at, at < 3 ? lines.size() : lines.size() - at + 1).clear();
      }
      case 's' -> lines.add(3, lines.remove(5));
      case '+' -> lines.add(rest);
      case '0' -> lines.set(0, rest);
      case '3' -> lines.set(3, rest);
      case '~' -> change(lines, 3, rest);
      default -> change(lines, lines.size() - 1, rest);
    }
    Path file = file(lines);
    assertThatThrownBy(() -> Journal.open(file))
        .isInstanceOf(JournalRefused.class)
        .hasMessageContaining(wrong.getFirst())
        .hasMessageStartingWith("Line ")
        .hasMessageEndingWith(".");
  }

  private static void change(List<String> lines, int at, String fromTo) {
    String[] parts = fromTo.split("~", 2);
    assertThat(lines.get(at)).contains(parts[0]);
    lines.set(at, lines.get(at).replace(parts[0], parts[1]));
  }

  @Test
  void theLastLineNeedsItsEnd() throws IOException {
    Path file = folder.resolve("open");
    Files.writeString(file, String.join("\n", whole));
    assertThatThrownBy(() -> Journal.open(file)).hasMessageContaining("it was cut off");
    Files.write(file, new byte[] {(byte) 0xc0, (byte) 0xae, '\n'});
    assertThatThrownBy(() -> Journal.open(file)).hasMessageContaining("it is not UTF-8 text");
    assertThatThrownBy(() -> Journal.open(Path.of("/dev/zero")))
        .hasStackTraceContaining("it is a pipe or a device");
  }

  /** Lines that fit their hashes and hold anything: a fault or a sentence, nothing else. */
  @Test
  void anyBytesInAWholeFileAreAFaultOrASentence() throws IOException {
    Random random = new Random(7);
    for (int i = 0; i < 200; i++) {
      int at = 1 + random.nextInt(whole.size() - 2);
      List<String> lines = new ArrayList<>(whole);
      lines.set(at, changed(lines.get(at), random));
      try (Journal handed = Journal.open(file(lines))) {
        assertThatCode(() -> handed.verify(Map.of(), null, _ -> {})).doesNotThrowAnyException();
        try {
          handed.export(_ -> {});
          handed.replay(Map.of(), _ -> {});
        } catch (IllegalArgumentException e) {
          assertThat(e).hasMessageStartingWith("Line " + number(whole.get(at)) + " of agent");
        }
      }
    }
  }

  private static String number(String line) {
    int from = line.indexOf("\"sequence\":") + 11;
    return line.substring(from, line.indexOf(',', from));
  }

  private static String changed(String line, Random random) {
    int from = line.indexOf("\"payload\":\"") + 11;
    byte[] payload = HexFormat.of().parseHex(line.substring(from, line.indexOf('"', from)));
    payload[random.nextInt(payload.length)] ^= (byte) (1 + random.nextInt(255));
    return line.substring(0, from)
        + HexFormat.of().formatHex(payload)
        + "\",\"hash\":\""
        + Keccak.hash(payload).hex()
        + "\"}";
  }

  private static Path file(List<String> lines) throws IOException {
    return Files.write(folder.resolve("export.jsonl"), lines);
  }
}
