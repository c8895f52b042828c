package org.probity.sim.math;

import java.math.BigInteger;
import java.nio.ByteBuffer;

/**
 * A 256-bit word of the EVM in a register: four limbs that operations overwrite.
 *
 * <p>It is mutable so that a swap allocates nothing whatever the compiler makes of it: an immutable
 * value is only free where escape analysis sees through every call, and the division at the heart
 * of the markets is too long to be inlined. So a market keeps its registers as fields and its state
 * in such words, too. A word holds an unsigned integer or, in two's complement, a signed one; which
 * of the two is the caller's affair, as on the EVM. Arithmetic wraps modulo {@code 2^256} as in
 * Solidity before 0.8; where a contract would revert, {@link #addCarries} and {@link #subBorrows}
 * tell.
 *
 * <p>Not thread-safe. No {@code equals}: what changes must not be a key. Compare by {@link #same}.
 */
public final class Word {

  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(256);
  private static final BigInteger SIGNED_MAX = BigInteger.ONE.shiftLeft(255);

  // From the least significant.
  long l0;
  long l1;
  long l2;
  long l3;

  /** A word that holds zero. */
  public Word() {}

  /** A word that holds {@code value} modulo {@code 2^256}; negative values in two's complement. */
  public static Word of(BigInteger value) {
    return new Word().set(value);
  }

  /** A word that holds {@code value}, sign extended. */
  public static Word of(long value) {
    return new Word().setSigned(value);
  }

  /**
   * A word that holds {@code value}.
   *
   * @throws IllegalArgumentException if it has a sign or more than 256 bits
   */
  public static Word ofUnsigned(BigInteger value) {
    if (value.signum() < 0 || value.bitLength() > 256) {
      throw new IllegalArgumentException("An amount has 256 bits and no sign: " + value);
    }
    return of(value);
  }

  public Word copy() {
    return new Word().set(this);
  }

  // ---- setting ----

  public Word set(Word other) {
    return set(other.l3, other.l2, other.l1, other.l0);
  }

  /** Sets the four limbs, the most significant first. */
  public Word set(long limb3, long limb2, long limb1, long limb0) {
    l3 = limb3;
    l2 = limb2;
    l1 = limb1;
    l0 = limb0;
    return this;
  }

  /** Sets it to {@code value}, read as unsigned. */
  public Word setUnsigned(long value) {
    return set(0, 0, 0, value);
  }

  /** Sets it to {@code value}, sign extended. */
  public Word setSigned(long value) {
    long sign = value >> 63;
    return set(sign, sign, sign, value);
  }

  public Word setZero() {
    return set(0, 0, 0, 0);
  }

  /** Sets it to {@code value} modulo {@code 2^256}. */
  public Word set(BigInteger value) {
    return set(
        value.shiftRight(192).longValue(),
        value.shiftRight(128).longValue(),
        value.shiftRight(64).longValue(),
        value.longValue());
  }

  // ---- reading ----

  /** The value as an unsigned integer. */
  public BigInteger toUnsigned() {
    if ((l1 | l2 | l3) == 0 && l0 >= 0) {
      return BigInteger.valueOf(l0);
    }
    ByteBuffer bytes = ByteBuffer.allocate(32).putLong(l3).putLong(l2).putLong(l1).putLong(l0);
    return new BigInteger(1, bytes.array());
  }

  /** The value as a signed integer in two's complement. */
  public BigInteger toSigned() {
    BigInteger unsigned = toUnsigned();
    return unsigned.compareTo(SIGNED_MAX) < 0 ? unsigned : unsigned.subtract(MODULUS);
  }

  /** The limb of weight {@code 2^(64 i)}. */
  public long limb(int i) {
    return switch (i) {
      case 0 -> l0;
      case 1 -> l1;
      case 2 -> l2;
      case 3 -> l3;
      default -> throw new IndexOutOfBoundsException("A word has limbs 0 to 3, not " + i);
    };
  }

  public boolean isZero() {
    return (l0 | l1 | l2 | l3) == 0;
  }

  /** Whether the value, read as signed, is below zero. */
  public boolean isNegative() {
    return l3 < 0;
  }

  public boolean same(Word other) {
    return l0 == other.l0 && l1 == other.l1 && l2 == other.l2 && l3 == other.l3;
  }

  /** Compares as unsigned integers. */
  public int compareUnsigned(Word other) {
    if (l3 != other.l3) {
      return Long.compareUnsigned(l3, other.l3);
    }
    if (l2 != other.l2) {
      return Long.compareUnsigned(l2, other.l2);
    }
    if (l1 != other.l1) {
      return Long.compareUnsigned(l1, other.l1);
    }
    return Long.compareUnsigned(l0, other.l0);
  }

  /** Whether this is less than {@code other}, both unsigned. */
  public boolean below(Word other) {
    return compareUnsigned(other) < 0;
  }

  /** Whether this is greater than {@code other}, both unsigned. */
  public boolean above(Word other) {
    return compareUnsigned(other) > 0;
  }

  /** The bits that the unsigned value needs; 0 for zero. */
  public int bitLength() {
    return bitLength(l3, l2, l1, l0);
  }

  private static int bitLength(long limb3, long limb2, long limb1, long limb0) {
    if (limb3 != 0) {
      return 256 - Long.numberOfLeadingZeros(limb3);
    }
    if (limb2 != 0) {
      return 192 - Long.numberOfLeadingZeros(limb2);
    }
    if (limb1 != 0) {
      return 128 - Long.numberOfLeadingZeros(limb1);
    }
    return 64 - Long.numberOfLeadingZeros(limb0);
  }

  /** Whether the unsigned value is less than {@code 2^bits}. */
  public boolean fits(int bits) {
    return bitLength() <= bits;
  }

  /** Whether the signed value lies in {@code [-2^(bits-1), 2^(bits-1))}. */
  public boolean fitsSigned(int bits) {
    long sign = l3 >> 63;
    return bitLength(l3 ^ sign, l2 ^ sign, l1 ^ sign, l0 ^ sign) < bits;
  }

  // ---- arithmetic modulo 2^256 ----

  public Word add(Word other) {
    addCarries(other);
    return this;
  }

  /** Adds, and returns whether the unsigned sum passed {@code 2^256}. */
  public boolean addCarries(Word other) {
    long s0 = l0 + other.l0;
    long c0 = carry(l0, other.l0, s0);
    long t1 = l1 + other.l1;
    long s1 = t1 + c0;
    long c1 = carry(l1, other.l1, t1) | carry(t1, c0, s1);
    long t2 = l2 + other.l2;
    long s2 = t2 + c1;
    long c2 = carry(l2, other.l2, t2) | carry(t2, c1, s2);
    long t3 = l3 + other.l3;
    long s3 = t3 + c2;
    long c3 = carry(l3, other.l3, t3) | carry(t3, c2, s3);
    set(s3, s2, s1, s0);
    return c3 != 0;
  }

  /** Adds one, and returns whether that passed {@code 2^256}. */
  public boolean incrementCarries() {
    if (++l0 == 0 && ++l1 == 0 && ++l2 == 0) {
      ++l3;
      return l3 == 0;
    }
    return false;
  }

  public Word sub(Word other) {
    subBorrows(other);
    return this;
  }

  /** Subtracts, and returns whether the unsigned difference is below zero. */
  public boolean subBorrows(Word other) {
    long d0 = l0 - other.l0;
    long b0 = borrow(l0, other.l0, d0);
    long t1 = l1 - other.l1;
    long d1 = t1 - b0;
    long b1 = borrow(l1, other.l1, t1) | borrow(t1, b0, d1);
    long t2 = l2 - other.l2;
    long d2 = t2 - b1;
    long b2 = borrow(l2, other.l2, t2) | borrow(t2, b1, d2);
    long t3 = l3 - other.l3;
    long d3 = t3 - b2;
    long b3 = borrow(l3, other.l3, t3) | borrow(t3, b2, d3);
    set(d3, d2, d1, d0);
    return b3 != 0;
  }

  /** The two's complement. */
  public Word negate() {
    set(~l3, ~l2, ~l1, ~l0);
    incrementCarries();
    return this;
  }

  /** Sets this to {@code a * b} modulo {@code 2^256}, signed or unsigned. */
  public Word setProduct(Word a, Word b) {
    long a0 = a.l0;
    long a1 = a.l1;
    long a2 = a.l2;
    long b0 = b.l0;
    long b1 = b.l1;
    long b2 = b.l2;
    long r0 = a0 * b0;
    long r1 = Math.unsignedMultiplyHigh(a0, b0);
    long r2 = Math.unsignedMultiplyHigh(a1, b0);
    long r3 = a3Product(a, b, a1, a2, b1, b2);
    long low = a1 * b0;
    r1 += low;
    long carry = Long.compareUnsigned(r1, low) < 0 ? 1 : 0;
    r2 += carry;
    r3 += r2 == 0 && carry != 0 ? 1 : 0;
    low = a0 * b1;
    r1 += low;
    carry = Long.compareUnsigned(r1, low) < 0 ? 1 : 0;
    long high = Math.unsignedMultiplyHigh(a0, b1) + carry; // never passes 2^64
    r2 += high;
    r3 += Long.compareUnsigned(r2, high) < 0 ? 1 : 0;
    low = a1 * b1;
    r2 += low;
    r3 += Long.compareUnsigned(r2, low) < 0 ? 1 : 0;
    low = a2 * b0;
    r2 += low;
    r3 += Long.compareUnsigned(r2, low) < 0 ? 1 : 0;
    low = a0 * b2;
    r2 += low;
    r3 += Long.compareUnsigned(r2, low) < 0 ? 1 : 0;
    return set(r3, r2, r1, r0);
  }

  private static long a3Product(Word a, Word b, long a1, long a2, long b1, long b2) {
    return a.l3 * b.l0
        + a2 * b1
        + a1 * b2
        + a.l0 * b.l3
        + Math.unsignedMultiplyHigh(a1, b1)
        + Math.unsignedMultiplyHigh(a2, b.l0)
        + Math.unsignedMultiplyHigh(a.l0, b2);
  }

  // ---- bits ----

  /** Shifts left by 0 to 255 bits. */
  public Word shiftLeft(int bits) {
    for (int whole = bits >>> 6; whole > 0; whole--) {
      set(l2, l1, l0, 0);
    }
    int s = bits & 63;
    if (s != 0) {
      set(l3 << s | l2 >>> (64 - s), l2 << s | l1 >>> (64 - s), l1 << s | l0 >>> (64 - s), l0 << s);
    }
    return this;
  }

  /** Shifts right by 0 to 255 bits; zeros come in. */
  public Word shiftRight(int bits) {
    return shiftRight(bits, 0);
  }

  /** Shifts right by 0 to 255 bits; copies of the sign come in, so it rounds down. */
  public Word shiftRightSigned(int bits) {
    return shiftRight(bits, l3 >> 63);
  }

  private Word shiftRight(int bits, long incoming) {
    for (int whole = bits >>> 6; whole > 0; whole--) {
      set(incoming, l3, l2, l1);
    }
    int s = bits & 63;
    if (s != 0) {
      set(
          incoming << (64 - s) | l3 >>> s,
          l3 << (64 - s) | l2 >>> s,
          l2 << (64 - s) | l1 >>> s,
          l1 << (64 - s) | l0 >>> s);
    }
    return this;
  }

  /** Keeps the lowest {@code bits} bits, as a cast to {@code uintN} does; 0 to 256. */
  public Word truncate(int bits) {
    l0 &= mask(bits);
    l1 &= mask(bits - 64);
    l2 &= mask(bits - 128);
    l3 &= mask(bits - 192);
    return this;
  }

  private static long mask(int bits) {
    return bits >= 64 ? -1L : bits <= 0 ? 0 : (1L << bits) - 1;
  }

  // Hacker's Delight, section 2-16: the carry and the borrow without a comparison.
  private static long carry(long a, long b, long sum) {
    return ((a & b) | ((a | b) & ~sum)) >>> 63;
  }

  private static long borrow(long a, long b, long difference) {
    return ((~a & b) | ((~a | b) & difference)) >>> 63;
  }

  /** The unsigned value in decimal. */
  @Override
  public String toString() {
    return toUnsigned().toString();
  }
}
