package org.probity.zk.field;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * One element of a prime field: an immutable value in Montgomery form.
 *
 * @param <E> the field
 */
public abstract sealed class FieldElement<E extends FieldElement<E>> permits Fr, Fp {
  /** Bytes of an encoded element: a big-endian EVM word. */
  public static final int BYTES = 32;

  final long[] limbs;

  FieldElement(long[] limbs) {
    this.limbs = limbs;
  }

  /** The field's kernels and modulus. */
  public abstract PrimeField field();

  abstract E make(long[] limbs);

  abstract E self();

  public E plus(E other) {
    var out = new long[4];
    field().add(limbs, 0, 1, other.limbs, 0, 1, out, 0, 1);
    return make(out);
  }

  public E minus(E other) {
    var out = new long[4];
    field().sub(limbs, 0, 1, other.limbs, 0, 1, out, 0, 1);
    return make(out);
  }

  public E times(E other) {
    var out = new long[4];
    field().mul(limbs, 0, 1, other.limbs, 0, 1, out, 0, 1);
    return make(out);
  }

  public E square() {
    return times(self());
  }

  public E twice() {
    return plus(self());
  }

  public E negate() {
    var out = new long[4];
    field().sub(new long[4], 0, 1, limbs, 0, 1, out, 0, 1);
    return make(out);
  }

  /**
   * The multiplicative inverse.
   *
   * @throws ArithmeticException if this is zero
   */
  public E inverse() {
    if (isZero()) {
      throw new ArithmeticException("Zero has no inverse");
    }
    return make(montgomery(field(), toBigInteger().modInverse(field().modulus())));
  }

  /** This to a power of at least 0. */
  public E power(BigInteger exponent) {
    E one = make(montgomery(field(), BigInteger.ONE));
    return power(one, self(), exponent, FieldElement::times, FieldElement::square);
  }

  /** By squaring, from the exponent's highest bit down: of products or, likewise, of sums. */
  public static <T, B> T power(
      T one, B base, BigInteger exponent, BiFunction<T, B, T> times, UnaryOperator<T> square) {
    T result = one;
    for (int i = exponent.bitLength() - 1; i >= 0; i--) {
      result = square.apply(result);
      if (exponent.testBit(i)) {
        result = times.apply(result, base);
      }
    }
    return result;
  }

  public boolean isZero() {
    return PrimeField.isZero(limbs, 0, 1);
  }

  /** The canonical integer, in {@code [0, p)}. */
  public BigInteger toBigInteger() {
    var out = new long[4];
    field().canonical(limbs, 0, 1, out, 0, 1);
    return PrimeField.integer(out);
  }

  /** The canonical integer as a big-endian 32-byte word. */
  public byte[] toBytes() {
    var canonical = new long[4];
    field().canonical(limbs, 0, 1, canonical, 0, 1);
    var out = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      out[BYTES - 1 - i] = (byte) (canonical[i >>> 3] >>> (8 * (i & 7)));
    }
    return out;
  }

  /** The Montgomery limbs of an integer, reduced. */
  static long[] montgomery(PrimeField field, BigInteger value) {
    long[] out = PrimeField.limbs(value.mod(field.modulus()));
    field.mul(out, 0, 1, field.square(), 0, 1, out, 0, 1);
    return out;
  }

  /** Whether a big-endian word is a canonical element, that is, below the modulus. */
  static boolean isCanonical(PrimeField field, byte[] bytes, int offset) {
    return new BigInteger(1, bytes, offset, BYTES).compareTo(field.modulus()) < 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FieldElement<?> that
        && getClass() == that.getClass()
        && Arrays.equals(limbs, that.limbs);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(limbs);
  }
}
