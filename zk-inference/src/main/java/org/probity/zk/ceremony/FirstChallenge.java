package org.probity.zk.ceremony;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * The challenge that a ceremony of {@code 2^power} begins with: BLAKE2b of the blank response's
 * hash and of powers that are all the generators. For the greatest power it hashes 100 GB, so the
 * values are kept as a resource, one line a power from 1; tests recompute those that are quick. A
 * wrong line could make an honest file be refused, and none be admitted: the challenge is only what
 * the first contribution's proofs of knowledge are about.
 */
final class FirstChallenge {
  private FirstChallenge() {}

  static byte[] of(int power) {
    try (var in = FirstChallenge.class.getResourceAsStream("first-challenges.txt")) {
      if (in == null) {
        throw new IllegalStateException("first-challenges.txt is missing: build again");
      }
      var lines = new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
      return HexFormat.of().parseHex(lines.get(power - 1));
    } catch (IOException e) {
      throw new UncheckedIOException("first-challenges.txt cannot be read: build again", e);
    }
  }
}
