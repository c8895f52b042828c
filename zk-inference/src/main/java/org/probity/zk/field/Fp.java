package org.probity.zk.field;

import java.math.BigInteger;
import java.util.Optional;

/** An element of BN254's base field. */
public final class Fp extends FieldElement<Fp> {
  public static final Fp ZERO = Fp.of(0);
  public static final Fp ONE = Fp.of(1);

  Fp(long[] limbs) {
    super(limbs);
  }

  /** The element of a signed integer. */
  public static Fp of(long value) {
    return of(BigInteger.valueOf(value));
  }

  /** The element of an integer, reduced modulo the field's order. */
  public static Fp of(BigInteger value) {
    return new Fp(montgomery(PrimeField.FP, value));
  }

  /** Whether the 32-byte big-endian word at {@code offset} is below the field's order. */
  public static boolean isCanonical(byte[] bytes, int offset) {
    return isCanonical(PrimeField.FP, bytes, offset);
  }

  /** The 32-byte big-endian word at {@code offset}, reduced modulo the field's order. */
  public static Fp ofBytes(byte[] bytes, int offset) {
    return of(new BigInteger(1, bytes, offset, BYTES));
  }

  @Override
  public PrimeField field() {
    return PrimeField.FP;
  }

  @Override
  Fp make(long[] limbs) {
    return new Fp(limbs);
  }

  @Override
  Fp self() {
    return this;
  }

  /** A square root, if there is one (p is 3 modulo 4). */
  public Optional<Fp> squareRoot() {
    Fp root = power(PrimeField.FP.modulus().add(BigInteger.ONE).shiftRight(2));
    return root.square().equals(this) ? Optional.of(root) : Optional.empty();
  }

  @Override
  public String toString() {
    return "0x" + toBigInteger().toString(16);
  }
}
