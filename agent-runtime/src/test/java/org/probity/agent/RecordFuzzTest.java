package org.probity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.probity.ground.Fuzzing;

/**
 * Changed lines of a journal: each is read as what it says, byte for byte, or refused. (Snapshots
 * and messages between nodes have the same reader below, with other fields.)
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class RecordFuzzTest {
  private static final List<String> WORDS =
      List.of(
          "\u0000\u0000\u0000\u0000",
          "\u007f\u007f\u007f\u007f",
          "\u0000\u0000\u0000\u0001",
          "\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000",
          "..",
          "\r\n");

  @Test
  void lines() throws IOException {
    bounds("journal lines", lined())
        .feed(input -> {
          AgentRecord read = RecordCodec.decode(input);
          assertThat(RecordCodec.encode(read.previous(), read.at(), read.event()))
              .as("written again")
              .isEqualTo(input);
        });
  }

  @Test
  void snapshots() throws IOException {
    byte[] empty = RecordCodec.encode(VaultAgent.State.of("one"));
    bounds("journal snapshots", List.of(empty)).feed(RecordCodec::decodeState);
  }

  private static Fuzzing bounds(String subject, List<byte[]> corpus) {
    return Fuzzing.of(subject, corpus, WORDS, IllegalArgumentException.class)
        .within(Duration.ofSeconds(1), 1 << 20, 512);
  }

  /** The lines that every version has to read. */
  private static List<byte[]> lined() throws IOException {
    return Files.readAllLines(
            Path.of("src/test/resources/journal-1.hex"), StandardCharsets.US_ASCII)
        .stream()
        .map(HexFormat.of()::parseHex)
        .toList();
  }
}
