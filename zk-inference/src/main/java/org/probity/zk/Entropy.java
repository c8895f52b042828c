package org.probity.zk;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Arrays;
import org.probity.zk.field.Fr;

/**
 * The source of masks and blinders. A proof hides its model only if this cannot be predicted:
 * everything outside tests uses {@link #secure()}, the one place of this program that draws
 * randomness by itself.
 */
@FunctionalInterface
public interface Entropy {
  /** Fills the array with uniformly random bytes. */
  void fill(byte[] bytes);

  /** The platform's cryptographically strong generator. */
  static Entropy secure() {
    return new SecureRandom()::nextBytes;
  }

  /** A uniformly random scalar: 512 bits reduced, so that the bias is below 2^-258. */
  default Fr nextFr() {
    var bytes = new byte[64];
    fill(bytes);
    Fr value = Fr.of(new BigInteger(1, bytes));
    Arrays.fill(bytes, (byte) 0);
    return value;
  }
}
