package org.probity.sim.math;

/**
 * Products and quotients of {@link Word}s through 512 bits.
 *
 * <p>Division is Knuth's algorithm D on 64-bit limbs. A quotient limb is estimated from the
 * divisor's highest limb by a multiplication with its reciprocal, because the machine's own
 * division of 128 bits by 64 is out of reach from Java (N. Möller, T. Granlund, <i>Improved
 * division by invariant integers</i>, 2011, algorithms 3 and 4); the estimate is at most two too
 * great.
 *
 * <p>An instance has its own scratch limbs: one for each thread or market. Results may be written
 * over arguments.
 */
public final class WideMath {

  private final long[] dividend = new long[9];
  private final long[] divisor = new long[4];
  private final long[] quotient = new long[8];
  private boolean exact;
  private final Word square = new Word();
  private final Word next = new Word();
  private final Word root = new Word();

  /** Thrown by a division by zero or a quotient past 256 bits; the contracts revert there. */
  public static final class OutOfRange extends ArithmeticException {
    private static final long serialVersionUID = 1L;

    OutOfRange(String message) {
      super(message);
    }

    /** Not filled in: a market turns it into a revert, which is an ordinary outcome. */
    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }

  /**
   * Sets {@code result} to the floor of {@code a * b / d}, all unsigned.
   *
   * @throws OutOfRange if {@code d} is zero or the quotient needs more than 256 bits
   */
  public Word mulDiv(Word result, Word a, Word b, Word d) {
    multiply(a, b);
    divide(d);
    if ((quotient[4] | quotient[5] | quotient[6] | quotient[7]) != 0) {
      throw new OutOfRange("The quotient needs more than 256 bits");
    }
    return result.set(quotient[3], quotient[2], quotient[1], quotient[0]);
  }

  /**
   * Sets {@code result} to the ceiling of {@code a * b / d}, all unsigned.
   *
   * @throws OutOfRange if {@code d} is zero or the quotient needs more than 256 bits
   */
  public Word mulDivRoundingUp(Word result, Word a, Word b, Word d) {
    mulDiv(result, a, b, d);
    if (!exact && result.incrementCarries()) {
      throw new OutOfRange("The quotient needs more than 256 bits");
    }
    return result;
  }

  /** Sets {@code result} to the floor of {@code a * b / 2^bits}, unsigned and truncated to 256. */
  public Word mulShift(Word result, Word a, Word b, int bits) {
    multiply(a, b);
    long[] p = dividend;
    int k = bits >>> 6;
    int s = bits & 63;
    return result.set(
        funnel(p, k + 3, s), funnel(p, k + 2, s), funnel(p, k + 1, s), funnel(p, k, s));
  }

  /**
   * Sets {@code result} to the ceiling of {@code a * b / 2^bits}, unsigned and truncated to 256;
   * {@code bits} at most 128.
   */
  public Word mulShiftRoundingUp(Word result, Word a, Word b, int bits) {
    mulShift(result, a, b, bits);
    long lost0 = bits >= 64 ? dividend[0] : dividend[0] & ((1L << bits) - 1);
    long lost1 = bits >= 128 ? dividend[1] : bits > 64 ? dividend[1] & ((1L << bits) - 1) : 0;
    if ((lost0 | lost1) != 0) {
      result.incrementCarries();
    }
    return result;
  }

  /** Sets {@code result} to {@code a * b} modulo {@code 2^256} and returns whether it was more. */
  public boolean multiplyOverflows(Word result, Word a, Word b) {
    multiply(a, b);
    long[] p = dividend;
    result.set(p[3], p[2], p[1], p[0]);
    return (p[4] | p[5] | p[6] | p[7]) != 0;
  }

  private static long funnel(long[] p, int i, int s) {
    return s == 0 ? limb(p, i) : limb(p, i) >>> s | limb(p, i + 1) << (64 - s);
  }

  private static long limb(long[] p, int i) {
    return i < 8 ? p[i] : 0;
  }

  /**
   * Sets {@code result} to the floor of {@code a / d}, unsigned.
   *
   * @throws OutOfRange if {@code d} is zero
   */
  public Word divide(Word result, Word a, Word d) {
    load(a);
    divide(d);
    return result.set(quotient[3], quotient[2], quotient[1], quotient[0]);
  }

  /**
   * Sets {@code result} to the ceiling of {@code a / d}, unsigned.
   *
   * @throws OutOfRange if {@code d} is zero
   */
  public Word divideRoundingUp(Word result, Word a, Word d) {
    divide(result, a, d);
    if (!exact) {
      result.incrementCarries(); // a quotient with a remainder is below 2^255
    }
    return result;
  }

  /** Sets {@code result} to the floor of the square root of {@code a}, unsigned. */
  public Word sqrt(Word result, Word a) {
    if (a.isZero()) {
      return result.setZero();
    }
    // Newton's iteration from above falls until it is at the root.
    square.set(a);
    next.setUnsigned(1).shiftLeft((a.bitLength() + 1) / 2);
    do {
      root.set(next);
      divide(next, square, root).add(root).shiftRight(1);
    } while (next.below(root));
    return result.set(root);
  }

  // ---- the engine ----

  private void load(Word a) {
    dividend[0] = a.l0;
    dividend[1] = a.l1;
    dividend[2] = a.l2;
    dividend[3] = a.l3;
    dividend[4] = 0;
    dividend[5] = 0;
    dividend[6] = 0;
    dividend[7] = 0;
  }

  /** The eight limbs of {@code a * b} into the dividend. */
  private void multiply(Word a, Word b) {
    long[] p = dividend;
    p[4] = 0;
    p[5] = 0;
    p[6] = 0;
    p[7] = 0;
    row(p, 0, a.l0, b, true);
    if ((a.l1 | a.l2 | a.l3) == 0) {
      return;
    }
    row(p, 1, a.l1, b, false);
    if ((a.l2 | a.l3) == 0) {
      return;
    }
    row(p, 2, a.l2, b, false);
    if (a.l3 != 0) {
      row(p, 3, a.l3, b, false);
    }
  }

  private static void row(long[] p, int at, long x, Word b, boolean first) {
    long carry = 0;
    carry = step(p, at, x, b.l0, carry, first);
    carry = step(p, at + 1, x, b.l1, carry, first);
    carry = step(p, at + 2, x, b.l2, carry, first);
    carry = step(p, at + 3, x, b.l3, carry, first);
    p[at + 4] = carry;
  }

  private static long step(long[] p, int at, long x, long y, long carry, boolean first) {
    long low = x * y;
    long high = Math.unsignedMultiplyHigh(x, y);
    low += carry;
    high += Long.compareUnsigned(low, carry) < 0 ? 1 : 0;
    if (!first) {
      long before = p[at];
      low += before;
      high += Long.compareUnsigned(low, before) < 0 ? 1 : 0;
    }
    p[at] = low;
    return high;
  }

  /**
   * Divides the dividend by {@code d}: the quotient's eight limbs, and whether it is exact. Of the
   * dividend the remainder is left, shifted left as the divisor was.
   */
  private void divide(Word d) {
    int n = d.l3 != 0 ? 4 : d.l2 != 0 ? 3 : d.l1 != 0 ? 2 : 1;
    if (n == 1 && d.l0 == 0) {
      throw new OutOfRange("Division by zero");
    }
    int m = 8;
    while (m > 0 && dividend[m - 1] == 0) {
      m--;
    }
    for (int i = Math.max(m - n, 0) + 1; i < 8; i++) {
      quotient[i] = 0;
    }
    quotient[0] = 0;
    long top = n == 4 ? d.l3 : n == 3 ? d.l2 : n == 2 ? d.l1 : d.l0;
    normalise(d, n, m, Long.numberOfLeadingZeros(top));
    if (m >= n) {
      if (n == 1) {
        divideByOne(m);
      } else {
        divideByMany(n, m);
      }
    }
    long rest = 0;
    for (int i = 0; i < Math.min(n, Math.max(m, 1)); i++) {
      rest |= dividend[i];
    }
    if (m < n) {
      rest |= dividend[m]; // shifted out of the highest limb
    }
    exact = rest == 0;
  }

  private void normalise(Word d, int n, int m, int s) {
    divisor[0] = d.l0;
    divisor[1] = d.l1;
    divisor[2] = d.l2;
    divisor[3] = d.l3;
    dividend[m] = 0;
    if (s == 0) {
      return;
    }
    for (int i = n - 1; i > 0; i--) {
      divisor[i] = divisor[i] << s | divisor[i - 1] >>> (64 - s);
    }
    divisor[0] <<= s;
    for (int i = m; i > 0; i--) {
      dividend[i] = dividend[i] << s | dividend[i - 1] >>> (64 - s);
    }
    dividend[0] <<= s;
  }

  private void divideByOne(int m) {
    long d = divisor[0];
    long v = reciprocal(d);
    long r = dividend[m];
    for (int i = m - 1; i >= 0; i--) {
      long u = dividend[i];
      long q = quotientOf(r, u, d, v);
      r = u - q * d;
      quotient[i] = q;
    }
    dividend[0] = r;
  }

  private void divideByMany(int n, int m) {
    long high = divisor[n - 1];
    long second = divisor[n - 2];
    long v = reciprocal(high);
    for (int j = m - n; j >= 0; j--) {
      long q = estimate(dividend[j + n], dividend[j + n - 1], dividend[j + n - 2], high, second, v);
      if (q != 0 && subtract(q, j, n)) {
        q--;
        addBack(j, n);
      }
      quotient[j] = q;
    }
  }

  /** Knuth's step D3: a quotient limb that is right or, rarely, one too great. */
  private static long estimate(long u2, long u1, long u0, long high, long second, long v) {
    long q;
    long r;
    if (u2 == high) {
      q = -1L;
      r = u1 + high;
      if (Long.compareUnsigned(r, high) < 0) {
        return q;
      }
    } else {
      q = quotientOf(u2, u1, high, v);
      r = u1 - q * high;
    }
    while (true) {
      long productHigh = Math.unsignedMultiplyHigh(q, second);
      int order = Long.compareUnsigned(productHigh, r);
      if (order < 0 || (order == 0 && Long.compareUnsigned(q * second, u0) <= 0)) {
        return q;
      }
      q--;
      r += high;
      if (Long.compareUnsigned(r, high) < 0) {
        return q;
      }
    }
  }

  private boolean subtract(long q, int j, int n) {
    long carry = 0;
    for (int i = 0; i < n; i++) {
      long low = q * divisor[i];
      long high = Math.unsignedMultiplyHigh(q, divisor[i]);
      low += carry;
      high += Long.compareUnsigned(low, carry) < 0 ? 1 : 0;
      long u = dividend[i + j];
      dividend[i + j] = u - low;
      carry = high + (Long.compareUnsigned(u, low) < 0 ? 1 : 0);
    }
    long u = dividend[j + n];
    dividend[j + n] = u - carry;
    return Long.compareUnsigned(u, carry) < 0;
  }

  private void addBack(int j, int n) {
    long carry = 0;
    for (int i = 0; i < n; i++) {
      long sum = dividend[i + j] + divisor[i];
      long c = Long.compareUnsigned(sum, divisor[i]) < 0 ? 1 : 0;
      long total = sum + carry;
      c += Long.compareUnsigned(total, carry) < 0 ? 1 : 0;
      dividend[i + j] = total;
      carry = c;
    }
    dividend[j + n] += carry;
  }

  /** The floor of {@code (u1 * 2^64 + u0) / d}; {@code u1 < d}, {@code d} with its high bit set. */
  private static long quotientOf(long u1, long u0, long d, long v) {
    long q0 = v * u1;
    long q1 = Math.unsignedMultiplyHigh(v, u1);
    q0 += u0;
    q1 += u1 + (Long.compareUnsigned(q0, u0) < 0 ? 1 : 0) + 1;
    long r = u0 - q1 * d;
    if (Long.compareUnsigned(r, q0) > 0) {
      q1--;
      r += d;
    }
    if (Long.compareUnsigned(r, d) >= 0) {
      q1++;
    }
    return q1;
  }

  /** The floor of {@code (2^128 - 1) / d} less {@code 2^64}; {@code d} with its high bit set. */
  static long reciprocal(long d) {
    long d0 = d & 1;
    long d9 = d >>> 55;
    long d40 = (d >>> 24) + 1;
    long d63 = (d >>> 1) + d0;
    long v0 = ((1 << 19) - 3 * (1 << 8)) / d9;
    long v1 = (v0 << 11) - (v0 * v0 * d40 >>> 40) - 1;
    long v2 = (v1 << 13) + (v1 * ((1L << 60) - v1 * d40) >>> 47);
    long e = ((v2 >>> 1) & -d0) - v2 * d63;
    long v3 = (v2 << 31) + (Math.unsignedMultiplyHigh(v2, e) >>> 1);
    long low = v3 * d;
    long carry = Long.compareUnsigned(low + d, d) < 0 ? 1 : 0;
    return v3 - (Math.unsignedMultiplyHigh(v3, d) + d + carry);
  }
}
