package org.probity.zk.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.probity.ground.TestKind;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.curve.FixedBase;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;
import org.probity.zk.field.PrimeField;

/** Multi-scalar multiplication on a card, against the scalar backend. */
@TestKind.Differential
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MsmKernelsTest {
  private final ComputeBackend scalar = ComputeBackend.scalar(2);
  private final Random random = new Random(4);
  private Kernels kernels;
  private PointVector points;

  @BeforeAll
  void open() {
    kernels = new Kernels(TestDevices.get());
    var scalars = FieldVector.ofFr(1 << (TestKind.FULL ? 12 : 10));
    for (int i = 0; i < scalars.size(); i++) {
      scalars.set(i, TestDevices.fr(random));
    }
    points = FixedBase.multiples(G1.GENERATOR, scalars);
  }

  @AfterAll
  void close() {
    kernels.close();
  }

  private Bases bases(PointVector p, int levels, int width) {
    var bases =
        kernels.bases(
            TestDevices.upload(kernels, p.x()), TestDevices.upload(kernels, p.y()), levels, width);
    // Other streams may use them.
    kernels.synchronize();
    return bases;
  }

  private PointVector first(int n) {
    return new PointVector(points.x().slice(0, n), points.y().slice(0, n));
  }

  private FieldVector scalars(int n) {
    return TestDevices.vector(n, random);
  }

  private void check(PointVector p, FieldVector s, int levels, int width) {
    var sum =
        kernels.msm(
            bases(p, levels, width), List.of(Segment.of(TestDevices.upload(kernels, s), 0)), 1);
    assertThat(sum).containsExactly(scalar.msm(p, s));
  }

  @Test
  void everySizeIsRight() {
    for (int n : new int[] {1, 2, 3, 7, 15, 16, 17, 31, 33, 100, 128, 129, 300}) {
      check(first(n), scalars(n), 1, Bases.width(n, 1));
      check(first(n), scalars(n), 3, Bases.width(n, 3));
    }
  }

  @Test
  void manyPointsAreRight() {
    int n = points.size();
    check(first(n), scalars(n), 1, 8);
    int width = Bases.fullWidth(3 * n / 4);
    check(first(3 * n / 4), scalars(3 * n / 4 - 1), Bases.windows(width), width);
  }

  @Test
  void everyWindowIsRight() {
    for (int width = 2; width <= 16; width++) {
      check(first(20), scalars(20), Bases.windows(width), width);
    }
    check(first(20), scalars(20), Bases.windows(Bases.MAX_WIDTH), Bases.MAX_WIDTH);
    check(first(20), scalars(20), 1, 5);
    check(first(20), scalars(20), 1, 13);
  }

  @Test
  void launchesThatAreRepeatedTakeTheScalarsOfTheirTurn() {
    try (var kernels = new Kernels(TestDevices.get())) {
      var p = first(40);
      var bases = bases(p, 3, 6);
      // The first is launched kernel by kernel, the second recorded, all others replayed; sums over
      // more scalars make the memory to sort in grow between, and what was recorded is done anew.
      for (int turn = 0; turn < 8; turn++) {
        int n = turn == 4 ? 40 : 30;
        var s = scalars(n);
        var sum = kernels.msm(bases, List.of(Segment.of(TestDevices.upload(kernels, s), 0)), 1);
        assertThat(sum).containsExactly(scalar.msm(first(n), s));
      }
    }
  }

  @Test
  void ofManyShapesTheLatestAreKeptRecorded() {
    var device = new CountingDevice(TestDevices.get());
    try (var kernels = new Kernels(device)) {
      var bases = bases(first(40), 1, 13);
      for (int round = 0; round < 3; round++) {
        for (int n = 1; n <= 34; n++) {
          var s = scalars(n);
          var sum = kernels.msm(bases, List.of(Segment.of(TestDevices.upload(kernels, s), 0)), 1);
          if (n % 11 == 0) {
            assertThat(sum).containsExactly(scalar.msm(first(n), s));
          }
        }
      }
      // Each had been dropped when it came again.
      assertThat(device.counts().captures()).isZero();
      for (int i = 0; i < 3; i++) {
        kernels.msm(bases, List.of(Segment.of(TestDevices.upload(kernels, scalars(34)), 0)), 1);
      }
      assertThat(device.counts().captures()).isOne();
      assertThat(device.counts().graphs()).isEqualTo(3);
    }
  }

  @Test
  void moreBasesHaveWiderWindows() {
    assertThat(Bases.fullWidth(1 << 14)).isEqualTo(15);
    assertThat(Bases.fullWidth(1 << 20)).isEqualTo(20);
    assertThat(Bases.windows(20)).isEqualTo(13);
  }

  @Test
  void levelsOfATableAreMultiples() {
    var p = PointVector.of(points.get(0), G1.INFINITY, points.get(2));
    var bases = bases(p, 3, 4);
    int bits = 4 * bases.sets();
    for (int t = 0; t < 3; t++) {
      var x = TestDevices.allocate(3);
      var y = TestDevices.allocate(3);
      kernels.unpack(bases, t, x, y);
      var got = new PointVector(kernels.downloadFp(x), kernels.downloadFp(y));
      Fr factor = Fr.of(BigInteger.ONE.shiftLeft(bits * t));
      for (int i = 0; i < 3; i++) {
        assertThat(got.get(i)).isEqualTo(p.get(i).times(factor));
      }
    }
  }

  @Test
  void equalOppositeAndInfiniteBasesAreRight() {
    int n = 200;
    var list = new ArrayList<G1>();
    for (int i = 0; i < n; i++) {
      var p = points.get(i % 3);
      list.add(i % 7 == 0 ? G1.INFINITY : i % 2 == 0 ? p : p.negate());
    }
    var p = PointVector.of(list);
    check(p, scalars(n), 1, 4);
    var ones = FieldVector.ofFr(n);
    for (int i = 0; i < n; i++) {
      ones.set(i, Fr.of(i % 2 == 0 ? 1 : -1));
    }
    check(p, ones, 1, 4);
    check(
        PointVector.of(points.get(0), points.get(0).negate()),
        FieldVector.of(List.of(Fr.ONE, Fr.ONE)),
        1,
        3);
    check(PointVector.of(G1.INFINITY, G1.INFINITY), scalars(2), 1, 3);
    check(PointVector.of(Collections.nCopies(100, points.get(5))), scalars(100), 1, 3);
  }

  @Test
  void skewedScalarsAreRight() {
    int n = 1000;
    var p = first(n);
    for (var value : TestDevices.edges(PrimeField.FR).subList(0, 12)) {
      var same = FieldVector.ofFr(n);
      for (int i = 0; i < n; i++) {
        same.set(i, Fr.of(value));
      }
      check(p, same, 1, 9);
    }
    var mostly = FieldVector.ofFr(n);
    for (int i = 0; i < n; i++) {
      mostly.set(i, i % 50 == 0 ? TestDevices.fr(random) : Fr.of(i % 3));
    }
    check(p, mostly, 29, 9);
  }

  @Test
  void allZerosAreInfinity() {
    check(first(64), FieldVector.ofFr(64), 1, 6);
    assertThat(kernels.msm(bases(first(1), 1, 4), List.of(), 2))
        .containsExactly(G1.INFINITY, G1.INFINITY);
  }

  @Test
  void integersOfEveryKindAreRight() {
    int n = 777;
    var p = first(n);
    var bits = new byte[n];
    var small = new byte[n];
    var ints = new int[n];
    var longs = new long[n];
    var values = new long[4][n];
    for (int i = 0; i < n; i++) {
      values[0][i] = bits[i] = (byte) random.nextInt(2);
      values[1][i] = small[i] = (byte) random.nextInt();
      values[2][i] = ints[i] = i == 0 ? Integer.MIN_VALUE : random.nextInt();
      values[3][i] = longs[i] = i == 0 ? -Long.MAX_VALUE : random.nextLong();
    }
    var onCard = new ArrayList<Segment>();
    onCard.add(integers(Segment.Kind.INT8, MemorySegment.ofArray(bits), n, 0));
    onCard.add(integers(Segment.Kind.INT8, MemorySegment.ofArray(small), n, 1));
    onCard.add(integers(Segment.Kind.INT32, MemorySegment.ofArray(ints), n, 2));
    onCard.add(integers(Segment.Kind.INT64, MemorySegment.ofArray(longs), n, 3));
    for (int[] shape : new int[][] {{1, 7}, {37, 7}}) {
      var sums = kernels.msm(bases(p, shape[0], shape[1]), onCard, 4);
      for (int k = 0; k < 4; k++) {
        assertThat(sums.get(k)).isEqualTo(scalar.msm(p, values[k]));
      }
    }
  }

  private Segment integers(Segment.Kind kind, MemorySegment values, int n, int output) {
    var memory = TestDevices.get().allocate(values.byteSize());
    kernels.stream().upload(memory, 0, values);
    return Segment.of(kind, memory, 0, n, output);
  }

  @Test
  void manySmallSumsAndSegmentsInOneLaunch() {
    var p = first(500);
    var segments = new ArrayList<Segment>();
    var want = new ArrayList<G1>();
    for (int output = 0; output < 20; output++) {
      int n = 1 + random.nextInt(60);
      int offset = random.nextInt(400);
      var s = scalars(n);
      segments.add(Segment.of(TestDevices.upload(kernels, s), output).on(offset));
      var sum =
          scalar.msm(
              new PointVector(p.x().slice(offset, offset + n), p.y().slice(offset, offset + n)), s);
      if (output % 3 == 0) {
        var indices = random.ints(n, 0, 500).toArray();
        var memory = TestDevices.get().allocate(4L * n);
        kernels.stream().upload(memory, 0, MemorySegment.ofArray(indices));
        segments.add(Segment.of(TestDevices.upload(kernels, s), output).on(memory, 0));
        for (int i = 0; i < n; i++) {
          sum = sum.plus(p.get(indices[i]).times(s.fr(i)));
        }
      }
      want.add(sum);
    }
    assertThat(kernels.msm(bases(p, 1, 5), segments, 20)).isEqualTo(want);
    assertThat(kernels.msm(bases(p, 51, 5), segments, 20)).isEqualTo(want);
  }

  @Test
  void moreScalarsThanBasesAreRefused() {
    var bases = bases(first(4), 1, 4);
    var segment = Segment.of(TestDevices.upload(kernels, scalars(5)), 0);
    org.assertj.core.api.Assertions.assertThatIllegalArgumentException()
        .isThrownBy(() -> kernels.msm(bases, List.of(segment), 1))
        .withMessage("5 scalars, but only 4 bases");
  }
}
