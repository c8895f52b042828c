package org.probity.intent.policy;

import java.math.BigInteger;

/**
 * Unsigned 256-bit arithmetic that fails where Solidity's does: OpenZeppelin's {@code mulDiv} and
 * the checked operators. Arguments are not negative.
 */
final class Uint {

  static final BigInteger ONE_X96 = BigInteger.ONE.shiftLeft(96);
  static final BigInteger BPS = BigInteger.valueOf(PolicyBounds.BPS);

  private static final int OVERFLOW = 0x11;
  private static final int DIVISION_BY_ZERO = 0x12;

  private Uint() {}

  /** a * b / c, rounded down. */
  static BigInteger mulDiv(BigInteger a, BigInteger b, BigInteger c) {
    return checked(a.multiply(b).divide(divisor(c)));
  }

  /** a * b / c, rounded up. */
  static BigInteger mulDivUp(BigInteger a, BigInteger b, BigInteger c) {
    BigInteger[] parts = a.multiply(b).divideAndRemainder(divisor(c));
    return checked(parts[1].signum() == 0 ? parts[0] : parts[0].add(BigInteger.ONE));
  }

  /** a * b / 2^96, rounded down. */
  static BigInteger mulX96(BigInteger a, BigInteger b) {
    return checked(a.multiply(b).shiftRight(96));
  }

  static BigInteger multiply(BigInteger a, BigInteger b) {
    return checked(a.multiply(b));
  }

  static BigInteger add(BigInteger a, BigInteger b) {
    return checked(a.add(b));
  }

  private static BigInteger divisor(BigInteger c) {
    if (c.signum() == 0) {
      throw Refused.by("Panic", DIVISION_BY_ZERO);
    }
    return c;
  }

  private static BigInteger checked(BigInteger result) {
    if (result.bitLength() > 256) {
      throw Refused.by("Panic", OVERFLOW);
    }
    return result;
  }
}
