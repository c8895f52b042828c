package org.probity.zk.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.ground.TestKind;
import org.probity.zk.curve.FixedBase;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;
import org.probity.zk.field.PrimeField;

/** The backend on lanes gives what the scalar one gives, bit for bit, for every operation. */
@TestKind.Differential
class BackendTest {
  private static final VectorBackend SCALAR = ComputeBackend.scalar(2);
  private static final VectorBackend BEST = ComputeBackend.best();

  private final Random random = new Random(97);

  @BeforeEach
  void needsLanes() {
    assumeThat(BEST.name()).isEqualTo("simd");
  }

  /** Random elements among those at which carries, borrows and reductions turn. */
  private Fr element() {
    var p = PrimeField.FR.modulus();
    return switch (random.nextInt(8)) {
      case 0 -> Fr.ZERO;
      case 1 -> Fr.ONE;
      case 2 -> Fr.of(-1);
      // Extreme words and limbs of the stored form, which is the element times 2^256.
      case 3 -> stored(BigInteger.ONE.shiftLeft(random.nextInt(254)).subtract(BigInteger.ONE));
      case 4 -> stored(p.subtract(BigInteger.valueOf(1 + random.nextInt(3))));
      case 5 -> stored(p.shiftRight(1).add(BigInteger.valueOf(random.nextInt(3) - 1)));
      default -> Fr.of(new BigInteger(256, random));
    };
  }

  private static Fr stored(BigInteger montgomery) {
    return Fr.of(
        montgomery.multiply(
            BigInteger.TWO.modPow(BigInteger.valueOf(-256), PrimeField.FR.modulus())));
  }

  private FieldVector vector(int size) {
    var out = FieldVector.ofFr(size);
    for (int i = 0; i < size; i++) {
      out.set(i, element());
    }
    return out;
  }

  private List<Fr> elements(int size) {
    return IntStream.range(0, size).mapToObj(i -> element()).toList();
  }

  private static void assertSame(FieldVector actual, FieldVector expected) {
    assertThat(actual.size()).isEqualTo(expected.size());
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.fr(i)).as("element %d of %d", i, expected.size()).isEqualTo(expected.fr(i));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 9, 12, 13})
  void vectorsOfPowersOfTwo(int log) {
    int n = 1 << log;
    Fr r = element();
    assertSame(BEST.eq(elementsOf(7, log)), SCALAR.eq(elementsOf(7, log)));
    var a = vector(n);
    var b = vector(n);
    assertThat(BEST.innerProduct(a, b)).isEqualTo(SCALAR.innerProduct(a, b));
    assertThat(BEST.parts(a, 1, r)).isEqualTo(SCALAR.parts(a, 1, r));
    if (log >= 1) {
      assertSame(BEST.bind(a, r), SCALAR.bind(a, r));
      assertSame(BEST.sumOut(a), SCALAR.sumOut(a));
      assertThat(BEST.productRound(a, b)).isEqualTo(SCALAR.productRound(a, b));
      var w = vector(n / 2);
      assertThat(BEST.bitRound(w, a)).isEqualTo(SCALAR.bitRound(w, a));
      var c = vector(n);
      assertThat(BEST.activationRound(w, a, b, c)).isEqualTo(SCALAR.activationRound(w, a, b, c));
    }
    if (log >= 3) {
      assertThat(BEST.parts(a, 8, r)).isEqualTo(SCALAR.parts(a, 8, r));
      assertThat(BEST.parts(a, 2, r)).isEqualTo(SCALAR.parts(a, 2, r));
    }
    assertThat(SCALAR.bind(vector(2), r).size()).isEqualTo(1);
  }

  private static List<Fr> elementsOf(long seed, int count) {
    var other = new Random(seed);
    return IntStream.range(0, count).mapToObj(i -> Fr.of(new BigInteger(256, other))).toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 9, 31, 32, 33, 40, 63, 64, 100, 1023, 4095, 5000})
  void vectorsOfAnyLength(int n) {
    Fr r = element();
    var a = vector(n);
    var b = vector(n);
    assertThat(BEST.innerProduct(a, b)).isEqualTo(SCALAR.innerProduct(a, b));
    var target = vector(n + 5);
    var expected = target.slice(0, target.size());
    BEST.addScaled(target, 3, a, r);
    SCALAR.addScaled(expected, 3, a, r);
    assertSame(target, expected);
    for (int degree : new int[] {1, 8, 16}) {
      if (n > degree) {
        assertSame(BEST.divide(a, degree, r), SCALAR.divide(a, degree, r));
      }
    }
    var integers = new long[n];
    for (int i = 0; i < n; i++) {
      integers[i] =
          switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> random.nextInt(2);
            case 2 -> Long.MAX_VALUE;
            case 3 -> -Long.MAX_VALUE;
            case 4 -> random.nextInt();
            default -> random.nextLong(-Long.MAX_VALUE, Long.MAX_VALUE);
          };
    }
    assertSame(BEST.vector(integers), SCALAR.vector(integers));
    assertThat(BEST.vector(integers).fr(n - 1)).isEqualTo(Fr.of(integers[n - 1]));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 8, 17, 64, 300})
  void outerProducts(int height) {
    for (int width : new int[] {1, 3, 8, 16, 32, 37, 4096}) {
      if ((long) height * width < 100_000) {
        var left = vector(height);
        var right = vector(width);
        var target = vector(height * width + 9);
        var expected = target.slice(0, target.size());
        BEST.addOuter(target, 4, left, right);
        SCALAR.addOuter(expected, 4, left, right);
        assertSame(target, expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 8, 64, 200})
  void matrices(int height) {
    for (int width : new int[] {1, 4, 8, 32, 256}) {
      var left = vector(height);
      var matrix = vector(height * width + 8);
      assertSame(
          BEST.vectorTimesMatrix(left, matrix, 8, width),
          SCALAR.vectorTimesMatrix(left, matrix, 8, width));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 6, 7, 8, 16, 64, 1024})
  void rowsOfIntegers(int count) {
    for (int n : new int[] {2, 32, 128, 4096}) {
      if (count * n <= 1 << 17) {
        var rows = new ArrayList<int[]>();
        for (int c = 0; c < count; c++) {
          rows.add(
              random
                  .ints(n)
                  .map(v ->
                      switch (v & 3) {
                        case 0 -> Integer.MIN_VALUE;
                        case 1 -> Integer.MAX_VALUE;
                        case 2 -> 0;
                        default -> v;
                      })
                  .toArray());
        }
        var weights = count > 100 ? Collections.nCopies(count, Fr.of(-1)) : elements(count);
        assertSame(BEST.combine(rows, weights), SCALAR.combine(rows, weights));
      }
    }
  }

  private PointVector points(int n) {
    var logarithms = FieldVector.ofFr(n);
    for (int i = 0; i < n; i++) {
      logarithms.set(i, Fr.of(new BigInteger(256, random)));
    }
    return FixedBase.multiples(G1.GENERATOR, logarithms);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 33, 100, 1000, 5000})
  void multiScalarMultiplications(int n) {
    var bases = points(n);
    var scalars = vector(n);
    var shorter = vector((n + 1) / 2);
    var nothing = FieldVector.ofFr(n);
    var expected = SCALAR.msm(bases, List.of(scalars, shorter, nothing));
    assertThat(BEST.msm(bases, List.of(scalars, shorter, nothing))).isEqualTo(expected);
    assertThat(BEST.msm(bases, List.of())).isEmpty();
    for (int bits : new int[] {1, 2, 17, 31, 62}) {
      var values = new long[n];
      for (int i = 0; i < n; i++) {
        values[i] = bits == 1 ? random.nextInt(2) : random.nextLong(-(1L << bits), 1L << bits);
      }
      assertThat(BEST.msm(bases, values)).isEqualTo(SCALAR.msm(bases, values));
    }
    // With the bases' multiples nothing changes.
    BEST.prepare(bases);
    assertThat(BEST.msm(bases, List.of(scalars, shorter, nothing))).isEqualTo(expected);
  }

  @Test
  void equalOppositeAndInfiniteBasesAndSkewedScalars() {
    int n = 600;
    var distinct = points(8);
    var points = new ArrayList<G1>();
    for (int i = 0; i < n; i++) {
      G1 point = distinct.get(random.nextInt(8));
      points.add(
          switch (random.nextInt(5)) {
            case 0 -> G1.INFINITY;
            case 1 -> point.negate();
            default -> point;
          });
    }
    var bases = PointVector.of(points);
    var same = FieldVector.ofFr(n);
    Fr value = element();
    for (int i = 0; i < n; i++) {
      same.set(i, value);
    }
    var ones = new long[n];
    Arrays.fill(ones, 1);
    for (int prepared = 0; prepared < 2; prepared++) {
      assertThat(BEST.msm(bases, same)).isEqualTo(SCALAR.msm(bases, same));
      assertThat(BEST.msm(bases, ones)).isEqualTo(SCALAR.msm(bases, ones));
      var mixed = vector(n);
      assertThat(BEST.msm(bases, mixed)).isEqualTo(SCALAR.msm(bases, mixed));
      BEST.prepare(bases);
    }
    var all = PointVector.of(Collections.nCopies(n, distinct.get(0)));
    assertThat(BEST.msm(all, ones)).isEqualTo(distinct.get(0).times(Fr.of(n)));
    ones[0] = -1;
    ones[1] = n - 3;
    Arrays.fill(ones, 2, n, -1);
    assertThat(BEST.msm(all, ones)).isEqualTo(distinct.get(0).times(Fr.of(-2)));
  }

  @Test
  void moreScalarsThanBasesAreRefused() {
    assertThatThrownBy(() -> BEST.msm(points(40), vector(41)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("There are 41 scalars, but only 40 bases");
  }

  @Test
  void backendsGoByName() {
    assertThat(ComputeBackend.named("scalar").name()).isEqualTo("scalar");
    assertThat(ComputeBackend.named("simd").name()).isEqualTo("simd");
    assertThatThrownBy(() -> ComputeBackend.named("gpu"))
        .hasMessage("No backend is called gpu: choose best, simd or scalar");
  }
}
