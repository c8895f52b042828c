package org.probity.chain.keys;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.probity.chain.Signer;
import org.probity.ground.Fuzzing;
import org.probity.ground.TestKind;

/** Changed key files: each gives the key of its account, or is refused with a sentence. */
@TestKind.Fuzz
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class KeyFileFuzzTest {
  private static final List<String> WORDS =
      List.of(
          "{",
          "}",
          "[",
          "\"",
          ":",
          ",",
          "null",
          "true",
          "\"crypto\":",
          "\"kdf\":\"pbkdf2\"",
          "\"kdf\":\"scrypt\"",
          "\"n\":1073741824",
          "\"n\":3",
          "\"p\":65535",
          "\"r\":1024",
          "\"c\":2147483647",
          "\"dklen\":2000000000",
          "\"salt\":\"\"",
          "\"cipher\":\"aes-256-ctr\"",
          "\"iv\":\"00\"",
          "\"mac\":null",
          "\"version\":1",
          "\\ud800",
          "0x");

  @TempDir private Path folder;

  @Test
  void keyFiles() throws IOException {
    char[] password = "password".toCharArray();
    KeyStore store = KeyStore.at(folder, KeyStore.Strength.LIGHT);
    Signer signer = store.add(BigInteger.valueOf(7), password);
    Path file;
    try (Stream<Path> files = Files.list(folder)) {
      file = files.findFirst().orElseThrow();
    }
    Fuzzing.of("key files", List.of(Files.readAllBytes(file)), WORDS, KeyStoreFailed.class)
        // What the strongest files that are accepted may cost.
        .within(Duration.ofSeconds(20), 1L << 30, 8_192)
        .feed(input -> {
          Files.write(file, input);
          store.load(signer.address(), password);
        });
  }
}
