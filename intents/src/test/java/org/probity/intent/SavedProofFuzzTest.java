package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.probity.ground.Bytes32;
import org.probity.ground.Fuzzing;
import org.probity.ground.TestKind;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.FeatureVector;

/** A changed proof file is read as what it says, or refused in one sentence. */
@TestKind.Fuzz
final class SavedProofFuzzTest {

  private static final int ROUND = 4_000;

  private static final List<String> WORDS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "\"",
          "0x",
          "-1",
          "1e9",
          "null",
          "true",
          "NaN",
          "\"proof\":1",
          "9999999999999999999999",
          "0.5",
          "\\u0000",
          "\n",
          "//",
          "[[[[[[[[",
          "{}",
          "\"\"");

  @Test
  void changedTextIsReadOrRefused() {
    String good =
        new SavedProof(
                Bytes32.of(new byte[32]),
                Bytes32.of(new byte[32]),
                FeatureVector.of(7, -3, 0),
                new Decision.Outputs(List.of(5, -9)),
                Bytes32.of(new byte[32]),
                DecisionProof.of(new byte[] {1, 2, 3}))
            .toJson();
    Fuzzing.rounds(
        1,
        seed -> {
          var random = new Random(seed);
          for (int i = 0; i < ROUND; i++) {
            String changed = good;
            for (int n = random.nextInt(3); n >= 0; n--) {
              changed = changed(random, changed);
            }
            read(changed)
                .ifPresent(proof -> assertThat(SavedProof.parse(proof.toJson())).isEqualTo(proof));
          }
        });
  }

  @Test
  void deepAndLongTextIsRefusedWithoutTakingItIn() {
    for (String text :
        List.of(
            "[".repeat(200_000),
            "{\"a\":".repeat(50_000),
            "{\"features\":[" + "9".repeat(100_000) + "]}",
            "{\"proof\":\"" + "x".repeat(1 << 20) + "\"}",
            "",
            "\u0000")) {
      assertThat(read(text)).isEmpty();
    }
  }

  private static String changed(Random random, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int at = random.nextInt(bytes.length);
    int end = Math.min(bytes.length, at + 1 + random.nextInt(40));
    String head = text.substring(0, at);
    return switch (random.nextInt(5)) {
      case 0 -> {
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        yield new String(bytes, StandardCharsets.ISO_8859_1);
      }
      case 1 -> head + text.substring(end);
      case 2 -> head + text.substring(at, end) + text.substring(at);
      case 3 -> head + WORDS.get(random.nextInt(WORDS.size())) + text.substring(at);
      default -> head + WORDS.get(random.nextInt(WORDS.size())) + text.substring(end);
    };
  }

  private static Optional<SavedProof> read(String text) {
    try {
      return Optional.of(SavedProof.parse(text));
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).startsWith("The saved proof").doesNotContain("\n", "Exception");
      return Optional.empty();
    }
  }
}
