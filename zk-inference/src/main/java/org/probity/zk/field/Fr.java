package org.probity.zk.field;

import java.math.BigInteger;

/** An element of BN254's scalar field. Its {@code toString} shows no value: it may be secret. */
public final class Fr extends FieldElement<Fr> {
  public static final Fr ZERO = Fr.of(0);
  public static final Fr ONE = Fr.of(1);

  Fr(long[] limbs) {
    super(limbs);
  }

  /** The element of a signed integer. */
  public static Fr of(long value) {
    return of(BigInteger.valueOf(value));
  }

  /** The element of an integer, reduced modulo the field's order. */
  public static Fr of(BigInteger value) {
    return new Fr(montgomery(PrimeField.FR, value));
  }

  /** Whether the 32-byte big-endian word at {@code offset} is below the field's order. */
  public static boolean isCanonical(byte[] bytes, int offset) {
    return isCanonical(PrimeField.FR, bytes, offset);
  }

  /** The 32-byte big-endian word at {@code offset}, reduced modulo the field's order. */
  public static Fr ofBytes(byte[] bytes, int offset) {
    return of(new BigInteger(1, bytes, offset, BYTES));
  }

  @Override
  public PrimeField field() {
    return PrimeField.FR;
  }

  @Override
  Fr make(long[] limbs) {
    return new Fr(limbs);
  }

  @Override
  Fr self() {
    return this;
  }

  @Override
  public String toString() {
    return "Fr";
  }
}
