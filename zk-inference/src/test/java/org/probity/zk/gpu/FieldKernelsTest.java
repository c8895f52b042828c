package org.probity.zk.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.probity.ground.TestKind;
import org.probity.zk.field.FieldElement;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fp;
import org.probity.zk.field.Fr;
import org.probity.zk.field.PrimeField;

/** The fields on a card: every pair of edge values, and random ones. */
@TestKind.Differential
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FieldKernelsTest {
  private Kernels kernels;

  @BeforeAll
  void open() {
    kernels = new Kernels(TestDevices.get());
  }

  @AfterAll
  void close() {
    kernels.close();
  }

  private interface Binary {
    void run(DeviceVector out, DeviceVector a, DeviceVector b);
  }

  private interface Expected {
    void run(FieldVector a, FieldVector b, FieldVector out, int i);
  }

  private static FieldVector zeros(PrimeField field, int size) {
    return field == PrimeField.FR ? FieldVector.ofFr(size) : FieldVector.ofFp(size);
  }

  private static FieldElement<?> of(PrimeField field, BigInteger value) {
    return field == PrimeField.FR ? Fr.of(value) : Fp.of(value);
  }

  private void check(PrimeField field, Binary kernel, Expected expected) {
    var edges = TestDevices.edges(field);
    var random = new Random(1);
    int pairs = edges.size() * edges.size();
    int n = pairs + 1000;
    var a = zeros(field, n);
    var b = zeros(field, n);
    for (int i = 0; i < n; i++) {
      a.set(i, of(field, i < pairs ? edges.get(i / edges.size()) : new BigInteger(256, random)));
      b.set(i, of(field, i < pairs ? edges.get(i % edges.size()) : new BigInteger(256, random)));
    }
    var x = TestDevices.upload(kernels, a);
    var y = TestDevices.upload(kernels, b);
    var out = TestDevices.allocate(n);
    kernel.run(out, x, y);
    var want = zeros(field, n);
    for (int i = 0; i < n; i++) {
      expected.run(a, b, want, i);
    }
    TestDevices.assertEqual(kernels.download(out), want);
    kernel.run(x, x, y);
    TestDevices.assertEqual(kernels.download(x), want);
  }

  @Test
  void sumsDifferencesAndProductsOfScalarsAreThoseOfTheProcessor() {
    var f = PrimeField.FR;
    check(
        f,
        kernels::add,
        (a, b, out, i) ->
            f.add(
                a.limbs(), i, a.stride(), b.limbs(), i, b.stride(), out.limbs(), i, out.stride()));
    check(
        f,
        kernels::subtract,
        (a, b, out, i) ->
            f.sub(
                a.limbs(), i, a.stride(), b.limbs(), i, b.stride(), out.limbs(), i, out.stride()));
    check(
        f,
        kernels::multiply,
        (a, b, out, i) ->
            f.mul(
                a.limbs(), i, a.stride(), b.limbs(), i, b.stride(), out.limbs(), i, out.stride()));
  }

  @Test
  void sumsDifferencesAndProductsOfCoordinatesAreThoseOfTheProcessor() {
    var f = PrimeField.FP;
    check(
        f,
        kernels::addFp,
        (a, b, out, i) ->
            f.add(
                a.limbs(), i, a.stride(), b.limbs(), i, b.stride(), out.limbs(), i, out.stride()));
    check(
        f,
        kernels::subtractFp,
        (a, b, out, i) ->
            f.sub(
                a.limbs(), i, a.stride(), b.limbs(), i, b.stride(), out.limbs(), i, out.stride()));
    check(
        f,
        kernels::multiplyFp,
        (a, b, out, i) ->
            f.mul(
                a.limbs(), i, a.stride(), b.limbs(), i, b.stride(), out.limbs(), i, out.stride()));
  }

  @Test
  void inversesAreInversesAndThatOfZeroIsZero() {
    for (int n : new int[] {1, 15, 16, 17, 33, 200}) {
      inverses(PrimeField.FR, n);
      inverses(PrimeField.FP, n);
    }
  }

  private void inverses(PrimeField field, int n) {
    var edges = TestDevices.edges(field);
    var random = new Random(n);
    var a = zeros(field, n);
    var want = zeros(field, n);
    for (int i = 0; i < n; i++) {
      var value =
          random.nextInt(3) == 0
              ? edges.get(random.nextInt(edges.size()))
              : new BigInteger(250, random);
      a.set(i, of(field, value));
      var inverse = value.signum() == 0 ? BigInteger.ZERO : value.modInverse(field.modulus());
      want.set(i, of(field, inverse));
    }
    var x = TestDevices.upload(kernels, a);
    var out = TestDevices.allocate(n);
    if (field == PrimeField.FR) {
      kernels.invert(out, x);
    } else {
      kernels.invertFp(out, x);
    }
    TestDevices.assertEqual(kernels.download(out), want);
  }

  @Test
  void everyMethodRefusesVectorsOfTheWrongLength() {
    var a = TestDevices.allocate(8);
    var b = TestDevices.allocate(7);
    org.assertj.core.api.Assertions.assertThatIllegalArgumentException()
        .isThrownBy(() -> kernels.add(a, a, b));
    org.assertj.core.api.Assertions.assertThatIllegalArgumentException()
        .isThrownBy(() -> kernels.bind(b, a, Fr.ONE));
    org.assertj.core.api.Assertions.assertThatIllegalArgumentException()
        .isThrownBy(() -> kernels.bind(a.first(4), a, Fr.ONE));
    assertThat(a.slice(2, 5).size()).isEqualTo(3);
  }
}
