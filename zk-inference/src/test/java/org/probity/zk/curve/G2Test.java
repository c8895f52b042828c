package org.probity.zk.curve;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fp;
import org.probity.zk.field.Fr;
import org.probity.zk.field.PrimeField;

/** The twist's arithmetic against its textbook form, and its subgroup against the order. */
final class G2Test {
  private static final BigInteger R = PrimeField.FR.modulus();
  private static final BigInteger COFACTOR = PrimeField.FP.modulus().shiftLeft(1).subtract(R);

  /** The least prime factor of the cofactor, 2p - r. */
  private static final BigInteger SMALL = BigInteger.valueOf(10_069);

  private final Random random = new Random(11);

  private Fp element() {
    return Fp.of(new BigInteger(300, random));
  }

  private Fr scalar() {
    return Fr.of(new BigInteger(300, random));
  }

  /** A point of the twist, of no particular order. */
  private G2 point() {
    while (true) {
      var point = G2.atX(new Fp2(element(), element()));
      if (point.isPresent()) {
        return point.get();
      }
    }
  }

  @Test
  void projectiveSumsAreTheAffineOnes() {
    G2 a = point();
    G2 b = point();
    var operands = List.of(G2.INFINITY, a, a.negate(), b, a.plus(a), a.plus(b));
    for (G2 x : operands) {
      for (G2 y : operands) {
        // Other representatives of the same point than Z = 1.
        var left = G2Jacobian.of(x).plus(b).plus(b.negate());
        var right = G2Jacobian.of(y).plus(a).plus(a.negate());
        assertThat(left.plus(y).toAffine()).isEqualTo(x.plus(y));
        assertThat(left.plus(right).toAffine()).isEqualTo(x.plus(y));
        assertThat(left.plus(right).isEqualTo(x.plus(y))).isTrue();
        assertThat(left.isEqualTo(y)).isEqualTo(x.equals(y));
      }
      assertThat(G2Jacobian.of(x).plus(b).plus(b.negate()).twice().toAffine()).isEqualTo(x.plus(x));
    }
  }

  @Test
  void multiplicationIsRepeatedAddition() {
    G2 a = point();
    G2 sum = G2.INFINITY;
    for (int i = 0; i < 40; i++) {
      assertThat(a.times(BigInteger.valueOf(i))).isEqualTo(sum);
      sum = sum.plus(a);
    }
  }

  @Test
  void subgroupIsThePointsOfOrderR() {
    assertThat(COFACTOR.mod(SMALL)).isZero();
    for (int i = 0; i < 30; i++) {
      G2 any = point();
      G2 inside = any.times(COFACTOR);
      G2 small = any.times(R).times(COFACTOR.divide(SMALL));
      for (G2 point : List.of(any, inside, any.times(R), small, inside.plus(small))) {
        assertThat(point.isOnCurve()).isTrue();
        assertThat(point.isInSubgroup()).isEqualTo(point.times(R).isInfinity());
      }
      assertThat(inside.isInSubgroup()).isTrue();
      assertThat(any.isInSubgroup()).isFalse();
    }
    assertThat(G2.INFINITY.isInSubgroup()).isTrue();
    assertThat(G2.GENERATOR.isInSubgroup()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 5, 40, 300})
  void combinationIsTheSumOfItsTerms(int n) {
    var coordinates = FieldVector.ofFp(4 * n);
    var scalars = new ArrayList<Fr>();
    G2 expected = G2.INFINITY;
    G2 running = G2.GENERATOR;
    for (int i = 0; i < n; i++) {
      running = i % 5 == 4 ? running.negate() : running.plus(G2.GENERATOR);
      Fr scalar = i % 7 == 3 ? Fr.of(-1) : i % 7 == 5 ? Fr.ZERO : scalar();
      coordinates.set(4 * i, running.x().c0());
      coordinates.set(4 * i + 1, running.x().c1());
      coordinates.set(4 * i + 2, running.y().c0());
      coordinates.set(4 * i + 3, running.y().c1());
      scalars.add(scalar);
      expected = expected.plus(running.times(scalar));
    }
    assertThat(new G2Vector(coordinates).combination(FieldVector.of(scalars))).isEqualTo(expected);
  }

  @Test
  void squareRootsAreThoseOfSquares() {
    int roots = 0;
    for (int i = 0; i < 60; i++) {
      Fp2 a = new Fp2(i % 3 == 0 ? Fp.ZERO : element(), i % 3 == 1 ? Fp.ZERO : element());
      Fp2 root = a.square().squareRoot().orElseThrow();
      assertThat(root).isIn(a, a.negate());
      var other = a.squareRoot();
      roots += other.isPresent() ? 1 : 0;
      other.ifPresent(r -> assertThat(r.square()).isEqualTo(a));
      // ξ = 9 + u is no square, so a and ξa are never both.
      assertThat(a.times(Pairing.XI).squareRoot().isPresent()).isNotEqualTo(other.isPresent());
    }
    assertThat(roots).isBetween(20, 60);
    assertThat(Fp2.ZERO.squareRoot()).contains(Fp2.ZERO);
  }
}
