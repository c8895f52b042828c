package org.probity.zk.curve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.probity.zk.field.Fp;
import org.probity.zk.field.Fr;

class PairingTest {
  private final Random random = new Random(5);

  @Test
  void isBilinear() {
    for (int i = 0; i < 20; i++) {
      Fr a = scalar();
      Fr b = scalar();
      var p = G1.GENERATOR.times(scalar());
      var q = G2.GENERATOR.times(scalar());
      // e(aP, bQ)·e(-abP, Q) = 1
      var g1 = List.of(p.times(a), p.times(a.times(b)).negate());
      assertThat(Pairing.productIsOne(g1, List.of(q.times(b), q))).isTrue();
      var other = List.of(p.times(a), p.times(a.times(b).plus(Fr.ONE)).negate());
      assertThat(Pairing.productIsOne(other, List.of(q.times(b), q))).isFalse();
      // e(P + aP, Q) = e(P, Q)·e(P, aQ)
      var sum = List.of(p.plus(p.times(a)).negate(), p, p);
      assertThat(Pairing.productIsOne(sum, List.of(q, q, q.times(a)))).isTrue();
    }
  }

  @Test
  void isNotDegenerate() {
    var p = List.of(G1.GENERATOR);
    var q = List.of(G2.GENERATOR);
    assertThat(Pairing.productIsOne(p, q)).isFalse();
    assertThat(Pairing.productIsOne(List.of(G1.INFINITY), q)).isTrue();
    assertThat(Pairing.productIsOne(p, List.of(G2.INFINITY))).isTrue();
    assertThat(Pairing.productIsOne(List.of(), List.of())).isTrue();
  }

  @Test
  void refusesWhatIsNotOnItsCurve() {
    var off = new G1(Fp.of(1), Fp.of(3));
    assertThatThrownBy(() -> Pairing.productIsOne(List.of(off), List.of(G2.GENERATOR)))
        .isInstanceOf(IllegalArgumentException.class);
    var g = G2.GENERATOR;
    var twisted = new G2(g.x(), g.x());
    assertThatThrownBy(() -> Pairing.productIsOne(List.of(G1.GENERATOR), List.of(twisted)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Pairing.productIsOne(List.of(G1.GENERATOR), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void towerInversesAreInverses() {
    for (int i = 0; i < 20; i++) {
      var a = new Fp12(fp6(), fp6());
      assertThat(a.times(a.inverse())).isEqualTo(Fp12.ONE);
      assertThat(a.square()).isEqualTo(a.times(a));
      var p = Fp.ONE.field().modulus();
      assertThat(a.frobenius()).isEqualTo(a.power(p));
    }
  }

  /** Sums over random exponents that are 1 or not, by knowing the logarithms. */
  @Test
  void agreesWithTheLogarithms() {
    for (int i = 0; i < 10; i++) {
      var g1 = new ArrayList<G1>();
      var g2 = new ArrayList<G2>();
      Fr sum = Fr.ZERO;
      for (int k = 0; k < 3; k++) {
        Fr a = scalar();
        Fr b = scalar();
        sum = sum.plus(a.times(b));
        g1.add(G1.GENERATOR.times(a));
        g2.add(G2.GENERATOR.times(b));
      }
      assertThat(Pairing.productIsOne(g1, g2)).isFalse();
      g1.add(G1.GENERATOR.times(sum.negate()));
      g2.add(G2.GENERATOR);
      assertThat(Pairing.productIsOne(g1, g2)).isTrue();
    }
  }

  private Fr scalar() {
    return Fr.of(new BigInteger(254, random));
  }

  private Fp6 fp6() {
    return new Fp6(fp2(), fp2(), fp2());
  }

  private Fp2 fp2() {
    return new Fp2(Fp.of(new BigInteger(254, random)), Fp.of(new BigInteger(254, random)));
  }
}
