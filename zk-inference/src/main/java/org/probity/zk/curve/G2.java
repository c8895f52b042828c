package org.probity.zk.curve;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.probity.zk.field.Fp;
import org.probity.zk.field.Fr;

/**
 * A point of BN254's G2, on the twist {@code y² = x³ + 3/(9 + u)}, in affine coordinates; infinity
 * is {@code (0, 0)} (EIP-197).
 */
public record G2(Fp2 x, Fp2 y) {
  public static final G2 INFINITY = new G2(Fp2.ZERO, Fp2.ZERO);

  public static final G2 GENERATOR =
      ofWords(
          List.of(
              new BigInteger(
                  "11559732032986387107991004021392285783925812861821192530917403151452391805634"),
              new BigInteger(
                  "10857046999023057135944570762232829481370756359578518086990519993285655852781"),
              new BigInteger(
                  "4082367875863433681332203403145435568316851327593401208105741076214120093531"),
              new BigInteger(
                  "8495653923123431417604973247489272438418190587263600148770280649306958101930")));

  /** The twist's constant, 3/(9 + u). */
  static final Fp2 B = new Fp2(Fp.of(3), Fp.ZERO).times(new Fp2(Fp.of(9), Fp.ONE).inverse());

  /**
   * The point of four words in the order of the EVM's pairing precompile: {@code x.c1, x.c0, y.c1,
   * y.c0}. Neither curve nor subgroup is checked.
   */
  public static G2 ofWords(List<BigInteger> words) {
    return new G2(
        new Fp2(Fp.of(words.get(1)), Fp.of(words.get(0))),
        new Fp2(Fp.of(words.get(3)), Fp.of(words.get(2))));
  }

  /** The point as four words in the order of the EVM's pairing precompile. */
  public List<BigInteger> words() {
    return List.of(
        x.c1().toBigInteger(), x.c0().toBigInteger(), y.c1().toBigInteger(), y.c0().toBigInteger());
  }

  /** The point with this x whose y is given by a square root of its equation; empty if none is. */
  public static Optional<G2> atX(Fp2 x) {
    return x.square().times(x).plus(B).squareRoot().map(y -> new G2(x, y));
  }

  public boolean isInfinity() {
    return x.isZero() && y.isZero();
  }

  public boolean isOnCurve() {
    return isInfinity() || y.square().equals(x.square().times(x).plus(B));
  }

  /**
   * Whether the point, on the twist, has order r (or is infinity): the twist has other points too.
   * With ψ the Frobenius map carried to the twist and u the curve's parameter, the points of order
   * r are those with {@code [u+1]P + ψ([u]P) + ψ²([u]P) = ψ³([2u]P)} (ePrint 2022/348, section
   * 5.1).
   */
  public boolean isInSubgroup() {
    G2 multiple = G2Jacobian.multiple(this, Pairing.PARAMETER).toAffine();
    G2 once = Pairing.frobenius(multiple);
    G2 twice = Pairing.frobenius(once);
    G2 thrice = Pairing.frobenius(twice);
    var left = G2Jacobian.of(multiple).plus(this).plus(once).plus(twice);
    return left.plus(thrice.negate()).isEqualTo(thrice);
  }

  public G2 negate() {
    return new G2(x, y.negate());
  }

  public G2 plus(G2 other) {
    if (isInfinity()) {
      return other;
    }
    if (other.isInfinity()) {
      return this;
    }
    Fp2 slope;
    if (!x.equals(other.x)) {
      slope = other.y.minus(y).times(other.x.minus(x).inverse());
    } else if (y.equals(other.y) && !y.isZero()) {
      Fp2 square = x.square();
      slope = square.twice().plus(square).times(y.twice().inverse());
    } else {
      return INFINITY;
    }
    Fp2 sum = slope.square().minus(x).minus(other.x);
    return new G2(sum, slope.times(x.minus(sum)).minus(y));
  }

  /** This point added to itself {@code scalar} times. Not constant in time. */
  public G2 times(Fr scalar) {
    return times(scalar.toBigInteger());
  }

  /**
   * The same for any integer of at least 0, also where the point has another order than r. Not
   * constant in time.
   */
  public G2 times(BigInteger scalar) {
    return G2Jacobian.multiple(this, scalar).toAffine();
  }
}
