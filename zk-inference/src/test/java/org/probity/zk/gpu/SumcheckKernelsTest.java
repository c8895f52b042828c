package org.probity.zk.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.probity.ground.TestKind;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/** Whole sumchecks, round by round, against their definitions's separate steps. */
@TestKind.Differential
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SumcheckKernelsTest {
  private final Reference reference = new Reference();
  private final Random random = new Random(3);
  private Kernels kernels;

  @BeforeAll
  void open() {
    kernels = new Kernels(TestDevices.get());
  }

  @AfterAll
  void close() {
    kernels.close();
  }

  private static Fr extended(FieldVector v, Fr r) {
    return v.fr(0).times(Fr.ONE.minus(r));
  }

  private FieldVector fold(FieldVector v, Fr r, boolean form) {
    if (v.size() > 1) {
      return reference.bind(v, r);
    }
    return form ? v : FieldVector.of(List.of(extended(v, r)));
  }

  private void products(Kernels.Extension extension, int variables, int... logs) {
    var a = new ArrayList<FieldVector>();
    var b = new ArrayList<FieldVector>();
    var scales = new ArrayList<Fr>();
    var products = new ArrayList<Kernels.Product>();
    for (int log : logs) {
      a.add(TestDevices.vector(1 << log, random));
      b.add(TestDevices.vector(1 << log, random));
      scales.add(TestDevices.fr(random));
      products.add(
          new Kernels.Product(
              TestDevices.upload(kernels, a.getLast()),
              TestDevices.upload(kernels, b.getLast()),
              TestDevices.allocate(Math.max(1, 1 << log >> 1)),
              TestDevices.allocate(Math.max(1, 1 << log >> 1)),
              scales.getLast()));
    }
    boolean form = extension == Kernels.Extension.FORM;
    Fr r = null;
    for (int t = 0; t < variables; t++) {
      var got = kernels.productRound(products, extension, r).get();
      Fr c0 = Fr.ZERO;
      Fr c2 = Fr.ZERO;
      Fr sum = Fr.ZERO;
      for (int k = 0; k < logs.length; k++) {
        if (r != null) {
          a.set(k, fold(a.get(k), r, form));
          b.set(k, fold(b.get(k), r, false));
          TestDevices.assertEqual(kernels.download(products.get(k).foldedA()), a.get(k));
          TestDevices.assertEqual(kernels.download(products.get(k).foldedB()), b.get(k));
          int half = Math.max(1, a.get(k).size() / 2);
          products.set(
              k,
              new Kernels.Product(
                  products.get(k).foldedA(),
                  products.get(k).foldedB(),
                  TestDevices.allocate(half),
                  TestDevices.allocate(half),
                  scales.get(k)));
        }
        sum = sum.plus(reference.innerProduct(a.get(k), b.get(k)).times(scales.get(k)));
        if (a.get(k).size() > 1) {
          var c = reference.productRound(a.get(k), b.get(k));
          c0 = c0.plus(c.get(0).times(scales.get(k)));
          c2 = c2.plus(c.get(1).times(scales.get(k)));
        } else {
          Fr c = a.get(k).fr(0).times(b.get(k).fr(0)).times(scales.get(k));
          c0 = c0.plus(c);
          c2 = form ? c2 : c2.plus(c);
        }
      }
      assertThat(got.get(0)).isEqualTo(c0);
      assertThat(got.get(1)).isEqualTo(c2);
      if (t == 0) {
        assertThat(got.get(0).plus(got.get(2))).isEqualTo(sum);
      }
      r = TestDevices.fr(random);
    }
  }

  @Test
  void roundsOfOneProduct() {
    for (int log = 0; log <= 12; log += log < 4 ? 1 : 4) {
      products(Kernels.Extension.ZERO, Math.max(1, log), log);
      products(Kernels.Extension.FORM, log + 2, log);
    }
  }

  @Test
  void roundsOfSeveralProductsOfDifferentLengths() {
    products(Kernels.Extension.ZERO, 9, 3, 9, 1, 5, 9);
    products(Kernels.Extension.FORM, 11, 10, 11, 8, 0);
    var many = new int[31];
    for (int k = 0; k < many.length; k++) {
      many[k] = k % 7;
    }
    products(Kernels.Extension.ZERO, 7, many);
  }

  @Test
  void roundsOfTheSumcheckOnBits() {
    for (int logNeurons : new int[] {1, 2, 6}) {
      bits(logNeurons, true);
    }
    bits(3, false);
  }

  private void bits(int logNeurons, boolean realBits) {
    int rounds = 5 + logNeurons;
    var b = realBits ? bitVector(1 << rounds) : TestDevices.vector(1 << rounds, random);
    var s = TestDevices.vector(1 << logNeurons, random);
    var t = TestDevices.vector(1 << logNeurons, random);
    var a = TestDevices.vector(1 << logNeurons, random);
    var weight = reference.eq(TestDevices.list(rounds - 1, random));
    Fr delta = TestDevices.fr(random);
    var onCard = TestDevices.upload(kernels, b);
    var w = TestDevices.upload(kernels, weight);
    var neurons =
        new Kernels.Neurons(
            TestDevices.upload(kernels, s),
            TestDevices.upload(kernels, t),
            TestDevices.upload(kernels, a),
            null);
    Fr r = null;
    for (int round = 1; round < rounds; round++) {
      boolean joined = round > 5;
      DeviceVector foldedW = w;
      DeviceVector foldedB = onCard;
      Kernels.Neurons now = null;
      if (r != null) {
        foldedW = TestDevices.allocate(weight.size() / 2);
        foldedB = TestDevices.allocate(b.size() / 2);
        weight = reference.sumOut(weight);
        b = reference.bind(b, r);
      }
      if (round == 6) {
        now = neurons;
      } else if (round > 6) {
        int half = s.size() / 2;
        var folded =
            new Kernels.Neurons(
                TestDevices.allocate(half),
                TestDevices.allocate(half),
                TestDevices.allocate(half),
                null);
        now = new Kernels.Neurons(neurons.s(), neurons.t(), neurons.a(), folded);
        neurons = folded;
        s = reference.bind(s, Objects.requireNonNull(r));
        t = reference.bind(t, r);
        a = reference.bind(a, r);
      }
      var got =
          kernels.bitRound(new Kernels.Bits(w, foldedW, onCard, foldedB, now), delta, r).get();
      var want = new ArrayList<>(reference.bitRound(weight, b));
      if (joined) {
        var q = reference.activationRound(weight, s, t, a);
        want.set(0, want.get(0).plus(delta.times(q.get(0))));
        want.set(1, want.get(1).plus(delta.times(q.get(1))));
      }
      assertThat(got).isEqualTo(want);
      TestDevices.assertEqual(kernels.download(foldedB), b);
      TestDevices.assertEqual(kernels.download(foldedW), weight);
      TestDevices.assertEqual(kernels.download(neurons.s()), s);
      TestDevices.assertEqual(kernels.download(neurons.t()), t);
      TestDevices.assertEqual(kernels.download(neurons.a()), a);
      w = foldedW;
      onCard = foldedB;
      r = TestDevices.fr(random);
    }
  }

  private FieldVector bitVector(int size) {
    var bits = new long[size];
    for (int i = 0; i < size; i++) {
      bits[i] = random.nextInt(2);
    }
    return reference.vector(bits);
  }
}
