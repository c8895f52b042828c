package org.probity.agent.journal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.record.FrozenLines;
import org.probity.ground.Fuzzing;
import org.probity.ground.Keccak;
import org.probity.ground.TestKind;

/** Changed exports of a journal: each is read to its end, or refused with a sentence. */
@TestKind.Fuzz
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class JournalFileFuzzTest {
  private static final List<String> WORDS =
      List.of(
          "{",
          "}",
          "[[[[",
          "\"",
          ":",
          ",",
          "\n",
          "\n\n",
          "null",
          "true",
          "-1",
          "1.5",
          "\"agent\":\"\"",
          "\"sequence\":0",
          "\"payload\":\"0\"",
          "\"hash\":\"0x\"",
          "\"deleted\":true",
          "\"agents\":{}",
          "\"lines\":0",
          "{\"format\":\"probity-journal\",\"version\":1}\n",
          "\\ud800",
          "\u202e");

  /** Takes every row. */
  private static final JournalSource.Reader ALL =
      new JournalSource.Reader() {
        @Override
        public boolean begin(String agent) {
          return true;
        }

        @Override
        public void row(JournalSource.Row row) {}

        @Override
        public void end() {}
      };

  @TempDir private Path folder;

  @Test
  void exports() throws IOException {
    Path file = folder.resolve("changed.jsonl");
    Fuzzing.of(
            "exports of journals",
            List.of(
                export(1).getBytes(StandardCharsets.UTF_8),
                export(2).getBytes(StandardCharsets.UTF_8)),
            WORDS,
            JournalRefused.class)
        .within(Duration.ofSeconds(5), 16L << 20, 512)
        .feed(input -> {
          Files.write(file, input);
          boolean claims = JournalFile.isOne(file);
          JournalFile.open(file).read(ALL);
          if (!claims) {
            throw new AssertionError("read what does not begin as an export does");
          }
        });
  }

  /** The frozen lines, {@code agents} times. */
  private static String export(int agents) {
    List<String> payloads =
        FrozenLines.all().stream()
            .map(placed -> HexFormat.of().formatHex(placed.line().bytes()))
            .toList();
    StringBuilder text = new StringBuilder("{\"format\":\"probity-journal\",\"version\":2}\n");
    List<String> counts = new ArrayList<>();
    for (int agent = 1; agent <= agents; agent++) {
      for (int i = 0; i < payloads.size(); i++) {
        String payload = payloads.get(i);
        text.append(
            "{\"agent\":\"a%d\",\"sequence\":%d,\"kind\":\"k\",\"serializer\":1,\"deleted\":false,\"payload\":\"%s\",\"hash\":\"%s\"}\n"
                .formatted(
                    agent, i + 1, payload, Keccak.hash(HexFormat.of().parseHex(payload)).hex()));
      }
      counts.add("\"a%d\":%d".formatted(agent, payloads.size()));
    }
    return text.append(
            "{\"lines\":%d,\"agents\":{%s}}\n"
                .formatted(agents * payloads.size(), String.join(",", counts)))
        .toString();
  }
}
