package org.probity.zk.curve;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;
import org.probity.zk.field.FieldElement;
import org.probity.zk.field.Fp;
import org.probity.zk.field.Fr;

/**
 * A point of BN254's G1 in affine coordinates; infinity is {@code (0, 0)}, as in EIP-196.
 *
 * <p>The constructor does not check that the point is on the curve: {@link #decode} does.
 */
public record G1(Fp x, Fp y) {
  /** Bytes of an encoded point: {@code x ‖ y}, big endian. */
  public static final int BYTES = 2 * FieldElement.BYTES;

  public static final G1 INFINITY = new G1(Fp.ZERO, Fp.ZERO);
  public static final G1 GENERATOR = new G1(Fp.ONE, Fp.of(2));

  /**
   * The generator for blinders, whose logarithm to {@link #GENERATOR} nobody knows: the first point
   * with {@code x = keccak256("probity/blinding-generator/v1" ‖ i) mod p}, even y
   * (docs/protocol.md, section 1).
   */
  public static final G1 BLINDING =
      new G1(
          Fp.of(
              new BigInteger(
                  "1a13622dfc70da21a8717a32228ff0177b06cd358ec01ebc2bdc8b6493e8cca6", 16)),
          Fp.of(
              new BigInteger(
                  "0d9f1f8b02c0187f4a4a8f7eaac8d680c10a341fc6b67a8d8b8d755a51a41cd6", 16)));

  private static final Fp THREE = Fp.of(3);

  public boolean isInfinity() {
    return x.isZero() && y.isZero();
  }

  public boolean isOnCurve() {
    return isInfinity() || y.square().equals(x.square().times(x).plus(THREE));
  }

  public G1 negate() {
    return new G1(x, y.negate());
  }

  public G1 plus(G1 other) {
    var sum = new Accumulator();
    sum.add(this);
    sum.add(other);
    return sum.toAffine();
  }

  public G1 minus(G1 other) {
    return plus(other.negate());
  }

  /** This point added to itself {@code scalar} times. Not constant in time. */
  public G1 times(Fr scalar) {
    var k = scalar.toBigInteger();
    var sum = new Accumulator();
    for (int i = k.bitLength() - 1; i >= 0; i--) {
      sum.twice();
      if (k.testBit(i)) {
        sum.add(this);
      }
    }
    return sum.toAffine();
  }

  /** {@code x ‖ y}, 32 bytes each, big endian. */
  public byte[] encode() {
    var out = Arrays.copyOf(x.toBytes(), BYTES);
    System.arraycopy(y.toBytes(), 0, out, FieldElement.BYTES, FieldElement.BYTES);
    return out;
  }

  /**
   * The point encoded at {@code offset}; empty if a coordinate is not below p, or off the curve, or
   * infinity.
   */
  public static Optional<G1> decode(byte[] bytes, int offset) {
    if (!Fp.isCanonical(bytes, offset) || !Fp.isCanonical(bytes, offset + FieldElement.BYTES)) {
      return Optional.empty();
    }
    var point = new G1(Fp.ofBytes(bytes, offset), Fp.ofBytes(bytes, offset + FieldElement.BYTES));
    return point.isInfinity() || !point.isOnCurve() ? Optional.empty() : Optional.of(point);
  }
}
