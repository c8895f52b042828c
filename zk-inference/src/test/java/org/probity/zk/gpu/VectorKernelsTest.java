package org.probity.zk.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.probity.ground.TestKind;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/** Kernels on vectors against their definitions, at sizes of all kinds. */
@TestKind.Differential
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VectorKernelsTest {
  private static final int[] SIZES = {1, 2, 3, 31, 32, 33, 255, 256, 257, 1000, 4096};

  private final Reference reference = new Reference();
  private final Random random = new Random(2);
  private Kernels kernels;

  @BeforeAll
  void open() {
    kernels = new Kernels(TestDevices.get());
  }

  @AfterAll
  void close() {
    kernels.close();
  }

  private Device.Memory bytes(MemorySegment values) {
    var memory = TestDevices.get().allocate(values.byteSize());
    kernels.stream().upload(memory, 0, values);
    return memory;
  }

  @Test
  void vectorsComeBackAsTheyWent() {
    for (int n : SIZES) {
      var v = TestDevices.vector(n, random);
      TestDevices.assertEqual(kernels.download(TestDevices.upload(kernels, v)), v);
    }
    var short1 = TestDevices.vector(3, random);
    var short2 = TestDevices.vector(7, random);
    var all =
        kernels.gather(
            List.of(TestDevices.upload(kernels, short1), TestDevices.upload(kernels, short2)));
    assertThat(all).hasSize(10);
    assertThat(all.get(2)).isEqualTo(short1.fr(2));
    assertThat(all.get(9)).isEqualTo(short2.fr(6));
  }

  @Test
  void clearedVectorsAreZeroAndTheirNeighboursAreNot() {
    var v = TestDevices.vector(10, random);
    var d = TestDevices.upload(kernels, v);
    kernels.clear(d.slice(3, 6));
    var out = kernels.download(d);
    for (int i = 0; i < 10; i++) {
      assertThat(out.fr(i)).isEqualTo(i >= 3 && i < 6 ? Fr.ZERO : v.fr(i));
    }
  }

  @Test
  void integersBecomeElements() {
    var values = new long[300];
    for (int i = 0; i < values.length; i++) {
      values[i] = i < 3 ? i - 1 : random.nextLong() >> random.nextInt(64);
    }
    values[5] = Long.MAX_VALUE;
    values[6] = -Long.MAX_VALUE;
    var out = TestDevices.allocate(values.length);
    kernels.integers(out, bytes(MemorySegment.ofArray(values)), 0);
    TestDevices.assertEqual(kernels.download(out), reference.vector(values));
  }

  @Test
  void kernelEqIsThatOfTheProcessor() {
    for (int variables = 0; variables <= 13; variables++) {
      var point = TestDevices.list(variables, random);
      if (variables > 3) {
        point.set(1, Fr.ZERO);
        point.set(2, Fr.ONE);
      }
      var want = reference.eq(point);
      var out = TestDevices.allocate(1 << variables);
      kernels.eq(out, point, Fr.ONE, false);
      TestDevices.assertEqual(kernels.download(out), want);
      var scale = TestDevices.fr(random);
      kernels.eq(out, point, scale, true);
      reference.addScaled(want, want.slice(0, want.size()), scale);
      TestDevices.assertEqual(kernels.download(out), want);
    }
  }

  @Test
  void combinationsOfVectorsOfDifferentLengths() {
    for (int n : SIZES) {
      var target = TestDevices.vector(n, random);
      var vectors = new ArrayList<FieldVector>();
      var scales = new ArrayList<Fr>();
      for (int k = 0; k < 35; k += n > 300 ? 9 : 1) {
        vectors.add(TestDevices.vector(1 + random.nextInt(n), random));
        scales.add(TestDevices.fr(random));
      }
      var out = TestDevices.upload(kernels, target);
      var uploaded = vectors.stream().map(v -> TestDevices.upload(kernels, v)).toList();
      kernels.combine(out, uploaded, scales, true);
      for (int k = 0; k < vectors.size(); k++) {
        reference.addScaled(target, vectors.get(k), scales.get(k));
      }
      TestDevices.assertEqual(kernels.download(out), target);
      kernels.combine(out, List.of(uploaded.getFirst()), List.of(Fr.ONE), false);
      var first = FieldVector.ofFr(n);
      reference.addScaled(first, vectors.getFirst(), Fr.ONE);
      TestDevices.assertEqual(kernels.download(out), first);
    }
  }

  @Test
  void outerProductsAndSparseVectorsAreAddedInPlace() {
    for (int width : new int[] {1, 5, 32, 300}) {
      var left = TestDevices.vector(7, random);
      var right = TestDevices.vector(width, random);
      var target = TestDevices.vector(7 * width + 3, random);
      var by = TestDevices.fr(random);
      var out = TestDevices.upload(kernels, target);
      kernels.addOuter(
          out.slice(2, 7 * width + 3),
          TestDevices.upload(kernels, left),
          TestDevices.upload(kernels, right),
          by);
      reference.addOuter(target, 2, left, right, by);
      TestDevices.assertEqual(kernels.download(out), target);
    }
    var target = TestDevices.vector(500, random);
    var out = TestDevices.upload(kernels, target);
    var values = TestDevices.vector(100, random);
    var indices = new int[100];
    var scale = TestDevices.fr(random);
    for (int i = 0; i < 100; i++) {
      indices[i] = (i * 37 + 5) % 500;
      target.set(indices[i], target.fr(indices[i]).plus(values.fr(i).times(scale)));
    }
    kernels.scatterAdd(
        out, bytes(MemorySegment.ofArray(indices)), 0, TestDevices.upload(kernels, values), scale);
    TestDevices.assertEqual(kernels.download(out), target);
  }

  @Test
  void sumsAndFoldsOfVariables() {
    for (int n : new int[] {1, 2, 100, 256, 1025}) {
      var v = TestDevices.vector(2 * n, random);
      var d = TestDevices.upload(kernels, v);
      var out = TestDevices.allocate(n);
      kernels.sumOut(out, d);
      TestDevices.assertEqual(kernels.download(out), reference.sumOut(v));
      for (var r : List.of(Fr.ZERO, Fr.ONE, TestDevices.fr(random))) {
        kernels.bind(out, d, r);
        TestDevices.assertEqual(kernels.download(out), reference.bind(v, r));
      }
      var eight = TestDevices.vector(8 * n, random);
      var point = TestDevices.list(3, random);
      kernels.fold8(out, TestDevices.upload(kernels, eight), point);
      var want = eight;
      for (var r : point) {
        want = reference.bind(want, r);
      }
      TestDevices.assertEqual(kernels.download(out), want);
    }
  }

  @Test
  void innerProductsOverOneBlockAndOverMany() {
    for (int n : SIZES) {
      var a = TestDevices.vector(n, random);
      var b = TestDevices.vector(n, random);
      assertThat(
              kernels.innerProduct(TestDevices.upload(kernels, a), TestDevices.upload(kernels, b)))
          .isEqualTo(reference.innerProduct(a, b));
    }
  }

  @Test
  void rowVectorsTimesMatrices() {
    for (int[] shape :
        new int[][] {
          {1, 1}, {3, 5}, {32, 32}, {33, 31}, {128, 64}, {700, 3}, {2, 1000}, {64, 96}
        }) {
      var left = TestDevices.vector(shape[0], random);
      var matrix = TestDevices.vector(shape[0] * shape[1] + 9, random);
      var out = TestDevices.allocate(shape[1]);
      kernels.vectorTimesMatrix(
          out,
          TestDevices.upload(kernels, left),
          TestDevices.upload(kernels, matrix).slice(9, matrix.size()));
      TestDevices.assertEqual(
          kernels.download(out), reference.vectorTimesMatrix(left, matrix, 9, shape[1]));
    }
  }

  @Test
  void rowsOfEveryWidthFoldAsTheIntegersTheyAre() {
    for (int width : new int[] {1, 2, 4}) {
      for (int count : new int[] {1, 4, 64, 65, 130}) {
        int length = count > 60 ? 300 : 1030;
        var rows = new ArrayList<int[]>();
        var packed = MemorySegment.ofArray(new byte[width * count * length]);
        for (int c = 0; c < count; c++) {
          var row = new int[length];
          for (int i = 0; i < length; i++) {
            int value = random.nextInt();
            row[i] =
                i < 4
                    ? (i & 1) == 0
                        ? Integer.MIN_VALUE >> (32 - 8 * width)
                        : Integer.MAX_VALUE >> (32 - 8 * width)
                    : random.nextInt(5) == 0 ? 0 : value >> (32 - 8 * width);
            long at = (long) c * length + i;
            switch (width) {
              case 1 -> packed.set(ValueLayout.JAVA_BYTE, at, (byte) row[i]);
              case 2 -> packed.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * at, (short) row[i]);
              default -> packed.set(ValueLayout.JAVA_INT_UNALIGNED, 4 * at, row[i]);
            }
          }
          rows.add(row);
        }
        var weights = TestDevices.vector(count, random);
        var list = new ArrayList<Fr>();
        for (int c = 0; c < count; c++) {
          list.add(weights.fr(c));
        }
        var onCard = new Rows(bytes(packed), 0, width, count, length);
        var out = TestDevices.allocate(length - 3);
        kernels.foldRows(out, onCard, 3, TestDevices.upload(kernels, weights));
        var whole = reference.combine(rows, list);
        TestDevices.assertEqual(kernels.download(out), whole.slice(3, length));
      }
    }
  }

  @Test
  void layersInIntegersAreThoseOfTheirDefinition() {
    int width = 48;
    int outputs = 21;
    int count = 4;
    int length = 8 * width + 16;
    int weights = 8;
    int biases = length - 7;
    var rows = new int[count * length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = random.nextInt(2001) - 1000;
    }
    var inputs = random.longs(width, 0, 1 << 20).toArray();
    var onCard = new Rows(bytes(MemorySegment.ofArray(rows)), 0, 4, count, length);
    var z = TestDevices.get().allocate(8L * outputs);
    kernels.dense(
        onCard, weights, biases, width, bytes(MemorySegment.ofArray(inputs)), 0, z, 0, outputs);
    var got = new long[outputs];
    kernels.stream().download(MemorySegment.ofArray(got), z, 0);
    var want = new long[outputs];
    for (int i = 0; i < outputs; i++) {
      int row = i % count * length;
      want[i] = rows[row + biases + i / count];
      for (int j = 0; j < width; j++) {
        want[i] += rows[row + weights + i / count * width + j] * inputs[j];
      }
    }
    assertThat(got).isEqualTo(want);
    kernels.activate(z, 0, z, 0, outputs, 7);
    kernels.stream().download(MemorySegment.ofArray(got), z, 0);
    for (int i = 0; i < outputs; i++) {
      assertThat(got[i]).isEqualTo(Math.max(want[i], 0) >> 7);
    }
  }

  @Test
  void aWitnessHasTheBitsOfItsValues() {
    for (int n : new int[] {1, 2, 64, 77}) {
      var values = new int[n];
      var shifts = new byte[n];
      var bits = new long[32 * n];
      var signs = new long[n];
      var magnitudes = new long[n];
      var activations = new long[n];
      for (int k = 0; k < n; k++) {
        values[k] = random.nextInt();
        shifts[k] = (byte) random.nextInt(31);
        for (int i = 0; i < 32; i++) {
          bits[32 * k + i] = values[k] >>> i & 1;
        }
        signs[k] = values[k] >>> 31;
        magnitudes[k] = (values[k] & Integer.MAX_VALUE) >>> shifts[k];
        activations[k] = signs[k] * magnitudes[k];
      }
      var b = TestDevices.allocate(32 * n);
      var s = TestDevices.allocate(n);
      var m = TestDevices.allocate(n);
      var a = TestDevices.allocate(2 * n);
      kernels.witness(
          bytes(MemorySegment.ofArray(values)),
          0,
          bytes(MemorySegment.ofArray(shifts)),
          0,
          b,
          s,
          m,
          a);
      TestDevices.assertEqual(kernels.download(b), reference.vector(bits));
      TestDevices.assertEqual(kernels.download(s), reference.vector(signs));
      TestDevices.assertEqual(kernels.download(m), reference.vector(magnitudes));
      TestDevices.assertEqual(kernels.download(a.first(n)), reference.vector(activations));
    }
  }

  @Test
  void partsOfSeveralPolynomialsInOneLaunch() {
    for (int n : new int[] {8, 16, 248, 2048, 4096, 32768}) {
      var z = TestDevices.fr(random);
      var polynomials = new ArrayList<FieldVector>();
      var radices = new ArrayList<Integer>();
      for (int k = 0; k < 5; k++) {
        int size = Math.max(8, n >> k & -8);
        polynomials.add(TestDevices.vector(size, random));
        radices.add(1 << (k % 4));
      }
      var want = new ArrayList<Fr>();
      for (int k = 0; k < 5; k++) {
        want.addAll(reference.parts(polynomials.get(k), radices.get(k), z));
      }
      var uploaded = polynomials.stream().map(p -> TestDevices.upload(kernels, p)).toList();
      assertThat(kernels.parts(uploaded, radices, z)).isEqualTo(want);
    }
  }

  @Test
  void quotientsByPowersMinusAConstant() {
    for (int n : new int[] {2, 9, 16, 17, 64, 255, 256, 257, 1000, 4096, 40000}) {
      for (int degree : new int[] {1, 2, 8}) {
        if (degree >= n) {
          continue;
        }
        var p = TestDevices.vector(n, random);
        for (var root : List.of(TestDevices.fr(random), Fr.ONE)) {
          var out = TestDevices.allocate(n - degree);
          kernels.divide(out, TestDevices.upload(kernels, p), degree, root);
          TestDevices.assertEqual(kernels.download(out), reference.divide(p, degree, root));
        }
      }
    }
  }
}
