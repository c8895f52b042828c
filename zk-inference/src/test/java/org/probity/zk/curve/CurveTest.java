package org.probity.zk.curve;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.ground.Keccak;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fp;
import org.probity.zk.field.Fr;
import org.probity.zk.field.PrimeField;

class CurveTest {
  private static final BigInteger P = PrimeField.FP.modulus();

  private final Random random = new Random(11);
  private final Msm msm = new Msm(ForkJoinPool.commonPool());

  /** The chord-and-tangent law in affine integers, as in a textbook. */
  private static G1 textbookSum(G1 a, G1 b) {
    if (a.isInfinity() || b.isInfinity()) {
      return a.isInfinity() ? b : a;
    }
    var ax = a.x().toBigInteger();
    var ay = a.y().toBigInteger();
    var bx = b.x().toBigInteger();
    var by = b.y().toBigInteger();
    BigInteger slope;
    if (ax.equals(bx)) {
      if (ay.add(by).mod(P).signum() == 0) {
        return G1.INFINITY;
      }
      slope =
          BigInteger.valueOf(3).multiply(ax).multiply(ax).multiply(ay.shiftLeft(1).modInverse(P));
    } else {
      slope = by.subtract(ay).multiply(bx.subtract(ax).modInverse(P));
    }
    var x = slope.multiply(slope).subtract(ax).subtract(bx).mod(P);
    return new G1(Fp.of(x), Fp.of(slope.multiply(ax.subtract(x)).subtract(ay)));
  }

  private Fr scalar() {
    return Fr.of(new BigInteger(300, random));
  }

  private G1 point() {
    return G1.GENERATOR.times(scalar());
  }

  @Test
  void additionIsTheTextbookLawInEveryCase() {
    G1 a = point();
    var operands = List.of(G1.INFINITY, a, a.negate(), point(), G1.GENERATOR, a.plus(a));
    for (G1 x : operands) {
      for (G1 y : operands) {
        assertThat(x.plus(y)).isEqualTo(textbookSum(x, y));
        assertThat(x.plus(y).isOnCurve()).isTrue();
      }
    }
  }

  @Test
  void multiplicationIsRepeatedAddition() {
    G1 sum = G1.INFINITY;
    G1 a = point();
    for (int i = 0; i < 40; i++) {
      assertThat(a.times(Fr.of(i))).isEqualTo(sum);
      sum = sum.plus(a);
    }
    assertThat(a.times(Fr.of(-1))).isEqualTo(a.negate());
    Fr x = scalar();
    Fr y = scalar();
    assertThat(a.times(x).plus(a.times(y))).isEqualTo(a.times(x.plus(y)));
  }

  @Test
  void theBlindingGeneratorIsHashedToTheCurve() {
    var tag = "probity/blinding-generator/v1".getBytes(StandardCharsets.US_ASCII);
    Fp x = Fp.ofBytes(Keccak.hash(tag, new byte[] {0}).toByteArray(), 0);
    assertThat(G1.BLINDING.x()).isEqualTo(x);
    assertThat(G1.BLINDING.isOnCurve()).isTrue();
    assertThat(G1.BLINDING.y().toBigInteger().testBit(0)).isFalse();
  }

  @Test
  void onlyCanonicalFinitePointsOfTheCurveDecode() {
    G1 a = point();
    assertThat(G1.decode(a.encode(), 0)).contains(a);
    assertThat(G1.decode(new byte[64], 0)).isEmpty();
    var off = a.encode();
    off[63] ^= 1;
    assertThat(G1.decode(off, 0)).isEmpty();
    var raised = a.encode();
    var x = a.x().toBigInteger().add(P).toByteArray();
    System.arraycopy(x, x.length - 32, raised, 0, 32);
    assertThat(G1.decode(raised, 0)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 17, 64, 100, 257, 1000})
  void aMultiScalarMultiplicationIsTheSumOfItsTerms(int n) {
    var points = new ArrayList<G1>();
    var scalars = new ArrayList<Fr>();
    G1 expected = G1.INFINITY;
    G1 repeated = point();
    G1 running = point();
    for (int i = 0; i < n; i++) {
      // Distinct, equal, opposite and infinite bases; full, zero, small, and all-ones scalars.
      running = running.plus(G1.GENERATOR);
      G1 point =
          switch (i % 7) {
            case 3 -> repeated;
            case 4 -> repeated.negate();
            case 5 -> G1.INFINITY;
            default -> running;
          };
      Fr scalar =
          switch (i % 5) {
            case 1 -> Fr.ZERO;
            case 2 -> Fr.of(i % 3);
            case 3 -> Fr.of(-1);
            default -> scalar();
          };
      points.add(point);
      scalars.add(scalar);
      expected = expected.plus(point.times(scalar));
    }
    assertThat(msm.sum(PointVector.of(points), FieldVector.of(scalars))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 255, 1L << 31, (1L << 40) - 1})
  void smallIntegersAreScalarsToo(long bound) {
    int n = 150;
    var points = new ArrayList<G1>();
    var values = new long[n];
    G1 expected = G1.INFINITY;
    G1 running = point();
    for (int i = 0; i < n; i++) {
      running = running.plus(G1.GENERATOR);
      points.add(running);
      values[i] = bound == 1 ? random.nextInt(2) : random.nextLong(-bound, bound + 1);
      expected = expected.plus(running.times(Fr.of(values[i])));
    }
    assertThat(msm.sum(PointVector.of(points), values)).isEqualTo(expected);
    assertThat(msm.sum(PointVector.of(points), new long[n])).isEqualTo(G1.INFINITY);
  }

  @Test
  void skewedScalarsAreRight() {
    int n = 300;
    var points = new ArrayList<G1>();
    var scalars = new ArrayList<Fr>();
    Fr same = scalar();
    G1 sum = G1.INFINITY;
    G1 running = point();
    for (int i = 0; i < n; i++) {
      running = running.plus(running);
      points.add(running);
      scalars.add(same);
      sum = sum.plus(running);
    }
    assertThat(msm.sum(PointVector.of(points), FieldVector.of(scalars))).isEqualTo(sum.times(same));
  }

  @Test
  void tablesOfOneBaseGiveItsMultiples() {
    var scalars = List.of(Fr.ZERO, Fr.ONE, Fr.of(255), Fr.of(256), Fr.of(-1), scalar());
    G1 base = point();
    var multiples = FixedBase.multiples(base, FieldVector.of(scalars));
    for (int i = 0; i < scalars.size(); i++) {
      assertThat(multiples.get(i)).isEqualTo(base.times(scalars.get(i)));
    }
  }

  @Test
  void theSecondGroupHasTheOrderOfTheFirst() {
    assertThat(G2.GENERATOR.isOnCurve()).isTrue();
    assertThat(G2.GENERATOR.isInSubgroup()).isTrue();
    Fr x = scalar();
    Fr y = scalar();
    assertThat(G2.GENERATOR.times(x).plus(G2.GENERATOR.times(y)))
        .isEqualTo(G2.GENERATOR.times(x.plus(y)));
    assertThat(G2.ofWords(G2.GENERATOR.words())).isEqualTo(G2.GENERATOR);
  }
}
