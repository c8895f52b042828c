package org.probity.sim.market;

import java.math.BigInteger;
import java.util.List;
import java.util.SplittableRandom;

/** Random arguments that are small, large and on edges. */
final class Draw {

  private final SplittableRandom random;

  Draw(long seed) {
    random = new SplittableRandom(seed);
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  int between(int least, int most) {
    return random.nextInt(least, most + 1);
  }

  boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  <T> T of(List<T> options) {
    return options.get(random.nextInt(options.size()));
  }

  /** Of any size up to this many bits, sizes alike. */
  BigInteger sized(int bits) {
    return exactly(random.nextInt(bits + 1));
  }

  BigInteger sized(int least, int bits) {
    return exactly(random.nextInt(least, bits + 1));
  }

  private BigInteger exactly(int bits) {
    if (bits == 0) {
      return BigInteger.ZERO;
    }
    byte[] bytes = new byte[(bits + 7) / 8];
    random.nextBytes(bytes);
    BigInteger any = new BigInteger(1, bytes).mod(BigInteger.ONE.shiftLeft(bits - 1));
    return any.setBit(bits - 1);
  }

  /** A fraction of {@code whole}, in thousandths up to a little more than one. */
  BigInteger part(BigInteger whole) {
    return whole
        .multiply(BigInteger.valueOf(random.nextInt(1100)))
        .divide(BigInteger.valueOf(1000));
  }
}
