package org.probity.zk.ceremony;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.field.Fp;

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

  /** The same by its definition. */
  static byte[] compute(int power) {
    var g1 = G1.GENERATOR.encode();
    var g2 = new byte[4 * Fp.BYTES];
    for (int i = 0; i < 4; i++) {
      System.arraycopy(Fp.of(G2.GENERATOR.words().get(i)).toBytes(), 0, g2, i * Fp.BYTES, Fp.BYTES);
    }
    long n = 1L << power;
    var hash = new Blake2b().update(new Blake2b().digest());
    repeat(hash, g1, 2 * n - 1);
    repeat(hash, g2, n);
    repeat(hash, g1, 2 * n);
    return hash.update(g2).digest();
  }

  private static void repeat(Blake2b hash, byte[] point, long times) {
    for (long i = 0; i < times; i++) {
      hash.update(point);
    }
  }
}
