package org.probity.zk.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fp;
import org.probity.zk.field.Fr;
import org.probity.zk.field.PrimeField;

/**
 * The device that tests run on: this machine's processor, or with {@code
 * -Dprobity.test.device=cuda} a card, which then must be there.
 */
final class TestDevices {
  private static @Nullable Device device;

  private TestDevices() {}

  /** The one that tests of single kernels share. */
  static synchronized Device get() {
    if (device == null) {
      device = open();
    }
    return device;
  }

  /** One of the caller's own, to be closed. */
  static Device open() {
    return System.getProperty("probity.test.device", "host").equals("cuda")
        ? JcudaDevice.open(0)
        : HostDevice.open()
            .orElseGet(() -> abort("the kernels' tests need g++, which is not there"));
  }

  /** Values at which carries and reductions happen: 0, 1, p-1, p-2, R, words of ones. */
  static List<BigInteger> edges(PrimeField field) {
    var p = field.modulus();
    var out = new ArrayList<BigInteger>();
    for (int i = 0; i <= 2; i++) {
      out.add(BigInteger.valueOf(i));
      out.add(p.subtract(BigInteger.valueOf(i + 1)));
    }
    out.add(BigInteger.ONE.shiftLeft(256).mod(p));
    out.add(BigInteger.ONE.shiftLeft(512).mod(p));
    for (int bits = 32; bits < 254; bits += 32) {
      out.add(BigInteger.ONE.shiftLeft(bits));
      out.add(BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE));
      out.add(p.subtract(BigInteger.ONE.shiftLeft(bits)));
    }
    out.add(p.shiftRight(1));
    out.add(p.shiftRight(1).add(BigInteger.ONE));
    // These in Montgomery form look like the ones above.
    var inverse = BigInteger.ONE.shiftLeft(256).modInverse(p);
    for (var value : List.copyOf(out)) {
      out.add(value.multiply(inverse).mod(p));
    }
    return out;
  }

  static Fr fr(Random random) {
    return Fr.of(new BigInteger(256, random));
  }

  static Fp fp(Random random) {
    return Fp.of(new BigInteger(256, random));
  }

  /** Random elements, edge values among them. */
  static FieldVector vector(int size, Random random) {
    var edges = edges(PrimeField.FR);
    var out = FieldVector.ofFr(size);
    for (int i = 0; i < size; i++) {
      out.set(
          i, random.nextInt(4) == 0 ? Fr.of(edges.get(random.nextInt(edges.size()))) : fr(random));
    }
    return out;
  }

  static List<Fr> list(int size, Random random) {
    var out = new ArrayList<Fr>();
    for (int i = 0; i < size; i++) {
      out.add(fr(random));
    }
    return out;
  }

  static DeviceVector upload(Kernels kernels, FieldVector values) {
    var out = allocate(values.size());
    kernels.upload(out, values);
    return out;
  }

  /** A vector in the middle of garbage, with a stride that is not its size. */
  static DeviceVector allocate(int size) {
    var memory = get().allocate(32L * (size + 5) + 64);
    return new DeviceVector(memory, 24, size + 5, size);
  }

  static void assertEqual(FieldVector actual, FieldVector expected) {
    assertThat(actual.size()).isEqualTo(expected.size());
    for (int i = 0; i < actual.size(); i++) {
      for (int l = 0; l < 4; l++) {
        if (actual.limbs()[l * actual.stride() + i]
            != expected.limbs()[l * expected.stride() + i]) {
          throw new AssertionError("element " + i + " of " + actual.size() + ", limb " + l);
        }
      }
    }
  }
}
