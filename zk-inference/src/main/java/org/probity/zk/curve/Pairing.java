package org.probity.zk.curve;

import java.math.BigInteger;
import java.util.List;
import org.probity.zk.field.FieldElement;
import org.probity.zk.field.Fp;
import org.probity.zk.field.PrimeField;

/**
 * The optimal ate pairing of BN254 (Vercauteren, ePrint 2008/096; the curve is EIP-197's), as the
 * check of a product of pairings: what the EVM's precompile 0x08 answers.
 *
 * <p>Plain on purpose, for it is the yardstick of everything else: affine points on the twist, one
 * inversion a step, and a final power by three powers of the curve's parameter. A check of two
 * pairs takes milliseconds.
 */
public final class Pairing {
  /** ξ = 9 + u, which is neither a square nor a cube in Fp2. */
  static final Fp2 XI = new Fp2(Fp.of(9), Fp.ONE);

  /** The curve's parameter u. */
  static final BigInteger PARAMETER = new BigInteger("4965661367192848881");

  /** {@code 6u + 2}. */
  private static final BigInteger LOOP =
      PARAMETER.multiply(BigInteger.valueOf(6)).add(BigInteger.valueOf(2));

  private static final Fp2 FROBENIUS_X;
  private static final Fp2 FROBENIUS_Y;

  static {
    var p = PrimeField.FP.modulus();
    var one = BigInteger.ONE;
    FROBENIUS_X = power(XI, p.subtract(one).divide(BigInteger.valueOf(3)));
    FROBENIUS_Y = power(XI, p.subtract(one).shiftRight(1));
  }

  private Pairing() {}

  /**
   * Whether {@code Π e(g1[i], g2[i]) = 1}. Pairs with a point at infinity count as 1.
   *
   * @param g1 points on the curve
   * @param g2 points of the subgroup of order r ({@link G2#isInSubgroup})
   * @throws IllegalArgumentException if the lists differ in length or a point is not on its curve
   */
  public static boolean productIsOne(List<G1> g1, List<G2> g2) {
    if (g1.size() != g2.size()) {
      throw new IllegalArgumentException(
          "As many points of G1 as of G2 are needed, not %d and %d"
              .formatted(g1.size(), g2.size()));
    }
    Fp12 product = Fp12.ONE;
    for (int i = 0; i < g1.size(); i++) {
      if (!g1.get(i).isOnCurve() || !g2.get(i).isOnCurve()) {
        throw new IllegalArgumentException("A point of pair %d is not on its curve".formatted(i));
      }
      if (!g1.get(i).isInfinity() && !g2.get(i).isInfinity()) {
        product = product.times(miller(g1.get(i), g2.get(i)));
      }
    }
    return finalPower(product).equals(Fp12.ONE);
  }

  /** The Miller loop: {@code f_{6u+2,Q}(P)} times the lines through π(Q) and -π²(Q). */
  private static Fp12 miller(G1 p, G2 q) {
    Fp12 f = Fp12.ONE;
    G2 t = q;
    for (int i = LOOP.bitLength() - 2; i >= 0; i--) {
      Fp2 tangent = t.x().square().times(Fp.of(3)).times(t.y().twice().inverse());
      f = f.square().times(line(tangent, t, p));
      t = next(tangent, t, t);
      if (LOOP.testBit(i)) {
        Fp2 chord = slope(t, q);
        f = f.times(line(chord, t, p));
        t = next(chord, t, q);
      }
    }
    G2 q1 = frobenius(q);
    G2 q2 = frobenius(q1).negate();
    Fp2 chord = slope(t, q1);
    f = f.times(line(chord, t, p));
    t = next(chord, t, q1);
    return f.times(line(slope(t, q2), t, p));
  }

  /**
   * The line through T with this slope, at P. The twist's (x, y) is the curve's (x·w², y·w³), so
   * the line is {@code y_P - slope·x_P·w + (slope·x_T - y_T)·w³}.
   */
  private static Fp12 line(Fp2 slope, G2 t, G1 p) {
    Fp2 constant = new Fp2(p.y(), Fp.ZERO);
    Fp2 w = slope.times(p.x()).negate();
    Fp2 w3 = slope.times(t.x()).minus(t.y());
    return new Fp12(new Fp6(constant, Fp2.ZERO, Fp2.ZERO), new Fp6(w, w3, Fp2.ZERO));
  }

  private static Fp2 slope(G2 a, G2 b) {
    return b.y().minus(a.y()).times(b.x().minus(a.x()).inverse());
  }

  /** The sum of two points, given the slope of their line. */
  private static G2 next(Fp2 slope, G2 a, G2 b) {
    Fp2 x = slope.square().minus(a.x()).minus(b.x());
    return new G2(x, slope.times(a.x().minus(x)).minus(a.y()));
  }

  /** π: the p-th power of the coordinates, carried from the curve to the twist. */
  static G2 frobenius(G2 q) {
    return new G2(q.x().conjugate().times(FROBENIUS_X), q.y().conjugate().times(FROBENIUS_Y));
  }

  /**
   * To the power of {@code (p^12 - 1)/r = (p^6 - 1)·(p² + 1)·(p^4 - p² + 1)/r}, times {@code 2u(6u²
   * + 3u + 1)}, which r does not divide: 1 stays 1, and nothing else becomes it (Fuentes-Castañeda,
   * Knapp and Rodríguez-Henríquez, SAC 2011, section 5).
   */
  private static Fp12 finalPower(Fp12 f) {
    Fp12 easy = f.conjugate().times(f.inverse());
    easy = easy.frobenius().frobenius().times(easy);
    Fp12 u2 = easy.power(PARAMETER).square();
    Fp12 u6 = u2.square().times(u2);
    Fp12 uu6 = u6.power(PARAMETER);
    Fp12 common = uu6.power(PARAMETER).square().times(uu6);
    // (1 + 6u + 12u² + 12u³) + (4u + 6u² + 12u³)·p + (6u + 6u² + 12u³)·p² + (-1 + 4u + 6u² +
    // 12u³)·p³
    Fp12 first = easy.times(u6).times(uu6).times(common);
    Fp12 second = u2.square().times(common);
    Fp12 third = u6.times(common);
    Fp12 fourth = easy.conjugate().times(second);
    return fourth.frobenius().times(third).frobenius().times(second).frobenius().times(first);
  }

  static Fp2 power(Fp2 base, BigInteger exponent) {
    return FieldElement.power(Fp2.ONE, base, exponent, Fp2::times, Fp2::square);
  }
}
