package org.probity.zk.field;

import java.math.BigInteger;
import java.nio.ByteBuffer;

/**
 * Arithmetic modulo a 254-bit prime on values in Montgomery form (a·2^256 mod p), always fully
 * reduced, in four 64-bit limbs.
 *
 * <p>Every kernel reads and writes limbs inside arrays, and an operand is a place: an array, the
 * index of its lowest limb, and the distance from one limb to the next. Distance 1 is a value by
 * itself; distance n is one lane of a structure-of-arrays vector of n elements. So the same few
 * kernels serve single elements, vectors and curve buckets, and nothing is copied or allocated
 * between them.
 *
 * <p>Multiplication interleaves product and reduction (CIOS); the top bit of both moduli is clear,
 * so that the running sum never leaves four limbs (Acar 1996; "no-carry" form by gnark).
 *
 * <p>A record, because the JIT trusts the fields of records to be constant.
 */
public record PrimeField(
    long p0, long p1, long p2, long p3, long inverse, long s0, long s1, long s2, long s3) {

  private static final BigInteger WORD = BigInteger.ONE.shiftLeft(64);

  /** The order r of BN254's groups (EIP-196). */
  public static final PrimeField FR =
      PrimeField.of(
          "21888242871839275222246405745257275088548364400416034343698204186575808495617");

  /** The order p of BN254's base field (EIP-196). */
  public static final PrimeField FP =
      PrimeField.of(
          "21888242871839275222246405745257275088696311157297823662689037894645226208583");

  static final int LIMBS = 4;

  private static PrimeField of(String decimal) {
    var p = new BigInteger(decimal);
    long[] m = limbs(p);
    long[] s = limbs(BigInteger.ONE.shiftLeft(512).mod(p));
    long inverse = p.modInverse(WORD).negate().longValue();
    return new PrimeField(m[0], m[1], m[2], m[3], inverse, s[0], s[1], s[2], s[3]);
  }

  /** The four limbs of an integer in {@code [0, 2^256)}, lowest first. */
  public static long[] limbs(BigInteger value) {
    var out = new long[LIMBS];
    byte[] bytes = value.toByteArray();
    for (int i = 0; i < Math.min(bytes.length, Long.BYTES * LIMBS); i++) {
      out[i >>> 3] |= (bytes[bytes.length - 1 - i] & 0xffL) << (8 * (i & 7));
    }
    return out;
  }

  /** The modulus. */
  public BigInteger modulus() {
    return integer(new long[] {p0, p1, p2, p3});
  }

  static BigInteger integer(long[] limbs) {
    var bytes = ByteBuffer.allocate(Long.BYTES * LIMBS);
    for (int i = LIMBS - 1; i >= 0; i--) {
      bytes.putLong(limbs[i]);
    }
    return new BigInteger(1, bytes.array());
  }

  /** 2^512 mod p: multiplying by it enters Montgomery form. */
  public long[] square() {
    return new long[] {s0, s1, s2, s3};
  }

  /** {@code out = a · b · 2^-256 mod p}. Any places may coincide. */
  public void mul(long[] a, int ai, int as, long[] b, int bi, int bs, long[] out, int oi, int os) {
    long a0 = a[ai];
    long a1 = a[ai + as];
    long a2 = a[ai + 2 * as];
    long a3 = a[ai + 3 * as];
    long t0 = 0;
    long t1 = 0;
    long t2 = 0;
    long t3 = 0;
    for (int i = 0; i < LIMBS; i++) {
      long y = b[bi + i * bs];

      long low = a0 * y;
      long carry = Math.unsignedMultiplyHigh(a0, y);
      t0 += low;
      carry += less(t0, low);
      long m = t0 * inverse;
      low = m * p0;
      long fold = Math.unsignedMultiplyHigh(m, p0) + less(low + t0, low);

      low = a1 * y;
      long high = Math.unsignedMultiplyHigh(a1, y);
      low += carry;
      high += less(low, carry);
      t1 += low;
      carry = high + less(t1, low);
      low = m * p1;
      high = Math.unsignedMultiplyHigh(m, p1);
      low += fold;
      high += less(low, fold);
      t0 = t1 + low;
      fold = high + less(t0, low);

      low = a2 * y;
      high = Math.unsignedMultiplyHigh(a2, y);
      low += carry;
      high += less(low, carry);
      t2 += low;
      carry = high + less(t2, low);
      low = m * p2;
      high = Math.unsignedMultiplyHigh(m, p2);
      low += fold;
      high += less(low, fold);
      t1 = t2 + low;
      fold = high + less(t1, low);

      low = a3 * y;
      high = Math.unsignedMultiplyHigh(a3, y);
      low += carry;
      high += less(low, carry);
      t3 += low;
      carry = high + less(t3, low);
      low = m * p3;
      high = Math.unsignedMultiplyHigh(m, p3);
      low += fold;
      high += less(low, fold);
      t2 = t3 + low;
      fold = high + less(t2, low);

      t3 = carry + fold;
    }
    reduce(t0, t1, t2, t3, out, oi, os);
  }

  /** {@code out = a + b mod p}. */
  public void add(long[] a, int ai, int as, long[] b, int bi, int bs, long[] out, int oi, int os) {
    long x = a[ai];
    long t0 = x + b[bi];
    long c = less(t0, x);
    x = a[ai + as] + c;
    c = less(x, c);
    long t1 = x + b[bi + bs];
    c += less(t1, x);
    x = a[ai + 2 * as] + c;
    c = less(x, c);
    long t2 = x + b[bi + 2 * bs];
    c += less(t2, x);
    long t3 = a[ai + 3 * as] + b[bi + 3 * bs] + c;
    reduce(t0, t1, t2, t3, out, oi, os);
  }

  /** {@code out = a - b mod p}. */
  public void sub(long[] a, int ai, int as, long[] b, int bi, int bs, long[] out, int oi, int os) {
    long x = a[ai];
    long y = b[bi];
    long t0 = x - y;
    long c = less(x, y);
    x = a[ai + as];
    y = b[bi + bs];
    long t1 = x - y - c;
    c = borrow(x, y, c);
    x = a[ai + 2 * as];
    y = b[bi + 2 * bs];
    long t2 = x - y - c;
    c = borrow(x, y, c);
    x = a[ai + 3 * as];
    y = b[bi + 3 * bs];
    long t3 = x - y - c;
    c = borrow(x, y, c);

    long mask = -c;
    long q = p0 & mask;
    t0 += q;
    c = less(t0, q);
    q = p1 & mask;
    x = t1 + c;
    c = less(x, c);
    t1 = x + q;
    c += less(t1, q);
    q = p2 & mask;
    x = t2 + c;
    c = less(x, c);
    t2 = x + q;
    c += less(t2, q);
    t3 += (p3 & mask) + c;
    out[oi] = t0;
    out[oi + os] = t1;
    out[oi + 2 * os] = t2;
    out[oi + 3 * os] = t3;
  }

  /** Whether the value at a place is 0. */
  public static boolean isZero(long[] a, int ai, int as) {
    return (a[ai] | a[ai + as] | a[ai + 2 * as] | a[ai + 3 * as]) == 0;
  }

  /** Copies a value from one place to another. */
  public static void copy(long[] a, int ai, int as, long[] out, int oi, int os) {
    out[oi] = a[ai];
    out[oi + os] = a[ai + as];
    out[oi + 2 * os] = a[ai + 2 * as];
    out[oi + 3 * os] = a[ai + 3 * as];
  }

  /** {@code out = a · 2^-256 mod p}: the canonical integer of a value in Montgomery form. */
  public void canonical(long[] a, int ai, int as, long[] out, int oi, int os) {
    mul(a, ai, as, ONE, 0, 1, out, oi, os);
  }

  private static final long[] ONE = {1, 0, 0, 0};

  /**
   * {@code out = 1/a mod p} of plain integers, not of values in Montgomery form.
   *
   * @throws ArithmeticException if a is 0
   */
  public void invert(long[] a, int ai, int as, long[] out, int oi, int os) {
    var value = integer(new long[] {a[ai], a[ai + as], a[ai + 2 * as], a[ai + 3 * as]});
    copy(limbs(value.modInverse(modulus())), 0, 1, out, oi, os);
  }

  /** Subtracts the modulus once where the value, below 2p, reaches it. */
  private void reduce(long t0, long t1, long t2, long t3, long[] out, int oi, int os) {
    long d0 = t0 - p0;
    long c = less(t0, p0);
    long d1 = t1 - p1 - c;
    c = borrow(t1, p1, c);
    long d2 = t2 - p2 - c;
    c = borrow(t2, p2, c);
    long d3 = t3 - p3 - c;
    c = borrow(t3, p3, c);
    long keep = -c;
    out[oi] = d0 ^ ((d0 ^ t0) & keep);
    out[oi + os] = d1 ^ ((d1 ^ t1) & keep);
    out[oi + 2 * os] = d2 ^ ((d2 ^ t2) & keep);
    out[oi + 3 * os] = d3 ^ ((d3 ^ t3) & keep);
  }

  private static long less(long x, long y) {
    return Long.compareUnsigned(x, y) < 0 ? 1 : 0;
  }

  /** The borrow out of {@code x - y - c}. */
  private static long borrow(long x, long y, long c) {
    return ((~x & y) | ((~x | y) & (x - y - c))) >>> 63;
  }
}
