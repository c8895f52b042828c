package org.probity.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.Fuzzing;
import org.probity.ground.TestKind;

/** A changed weights file is read, or refused in one sentence that quotes no weight. */
@TestKind.Fuzz
final class WeightsFileFuzzTest {

  private static final int ROUND = 1_500;
  private static final String SECRET = "0.123456";

  private static final List<String> WORDS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "\"",
          "NaN",
          "-Infinity",
          "Infinity",
          "1e400",
          "-1",
          "null",
          "true",
          "1e-400",
          "2147483648",
          "\"\"",
          "\\u001b",
          "\n",
          "[[[[",
          "{}",
          "//",
          "\u001b[2J");

  @TempDir private Path folder;

  @Test
  void changedTextIsReadOrRefused() {
    Fuzzing.rounds(
        1,
        seed -> {
          var random = new Random(seed);
          int read = 0;
          for (int i = 0; i < ROUND; i++) {
            String changed =
                random.nextBoolean() ? WeightsFileTest.GOOD : StrategyProgramTest.WEIGHTS;
            for (int n = random.nextInt(3); n >= 0; n--) {
              changed = changed(random, changed);
            }
            read += read(changed.getBytes(StandardCharsets.ISO_8859_1)).isPresent() ? 1 : 0;
          }
          assertThat(read).isBetween(1, ROUND - 1);
        });
  }

  @Test
  void bytesOfAnyKindAreRefused() {
    Fuzzing.rounds(
        2,
        seed -> {
          var random = new Random(seed);
          for (int i = 0; i < ROUND; i++) {
            byte[] bytes = new byte[random.nextInt(600)];
            random.nextBytes(bytes);
            assertThat(read(bytes)).isEmpty();
          }
        });
  }

  @Test
  void deepAndLongTextIsRefused() {
    for (String text :
        List.of(
            "[".repeat(200_000),
            "{\"a\":".repeat(50_000),
            "{\"format\":" + "9".repeat(200_000) + "}",
            WeightsFileTest.GOOD.replace("\"mine\"", "\"" + "x".repeat(1 << 20) + "\""))) {
      assertThat(read(text.getBytes(StandardCharsets.UTF_8))).isEmpty();
    }
  }

  private static String changed(Random random, String text) {
    int at = random.nextInt(text.length());
    int end = Math.min(text.length(), at + 1 + random.nextInt(30));
    String head = text.substring(0, at);
    String word = WORDS.get(random.nextInt(WORDS.size()));
    return switch (random.nextInt(5)) {
      case 0 -> head + (char) (text.charAt(at) ^ 1 << random.nextInt(8)) + text.substring(at + 1);
      case 1 -> head + text.substring(end);
      case 2 -> head + text.substring(at, end) + text.substring(at);
      case 3 -> head + word + text.substring(at);
      default -> head + word + text.substring(end);
    };
  }

  private Optional<TrainedStrategy> read(byte[] bytes) {
    try {
      return Optional.of(WeightsFile.read(Files.write(folder.resolve("w.json"), bytes)));
    } catch (StrategyRefusedException e) {
      assertThat(String.valueOf(e.getMessage()))
          .matches("[^\\p{Cntrl}]*")
          .doesNotContain(SECRET, "Exception")
          .endsWith(".");
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
