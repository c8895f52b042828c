package org.probity.zk.backend;

import org.probity.zk.field.FieldVector;
import org.probity.zk.field.LaneField;
import org.probity.zk.field.PrimeField;

/**
 * Multiplications in the scalar field, the kernel under everything that a prover does, as work to
 * be timed: on one thread, as a backend does them, without a memory to wait for if the vectors are
 * short. It reads no clock; whoever runs it does.
 */
public abstract sealed class MultiplicationWork {

  private MultiplicationWork() {}

  /**
   * Work on copies of two vectors of equal length, a multiple of 16.
   *
   * @param backend whose multiplication it is
   */
  public static MultiplicationWork of(ComputeBackend backend, FieldVector a, FieldVector b) {
    if (a.size() != b.size() || a.size() % 16 != 0) {
      throw new IllegalArgumentException(
          "two vectors of one length, a multiple of 16, are needed, not of %d and %d"
              .formatted(a.size(), b.size()));
    }
    // Lanes are not named here: their class cannot be loaded where the module is missing.
    return backend instanceof SimdBackend ? new OnLanes(a, b) : new Scalar(a, b);
  }

  /** {@code a[i] ← a[i]·b[i]} for every i, so many times. */
  public abstract void run(int rounds);

  /** The vector a as it is now: the same whatever the backend. */
  public abstract FieldVector result();

  private static final class Scalar extends MultiplicationWork {
    private static final PrimeField F = PrimeField.FR;
    private final FieldVector a;
    private final FieldVector b;

    Scalar(FieldVector a, FieldVector b) {
      this.a = a.copy();
      this.b = b.copy();
    }

    @Override
    public void run(int rounds) {
      var x = a.limbs();
      var y = b.limbs();
      for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < a.size(); i++) {
          F.mul(x, i, a.stride(), y, i, b.stride(), x, i, a.stride());
        }
      }
    }

    @Override
    public FieldVector result() {
      return a.copy();
    }
  }

  private static final class OnLanes extends MultiplicationWork {
    private static final LaneField F = LaneField.FR;
    private final int size;
    private final int blocks;
    private final long[] a;
    private final long[] b;

    OnLanes(FieldVector a, FieldVector b) {
      size = a.size();
      blocks = size / LaneField.LANES;
      this.a = blocks(a);
      this.b = blocks(b);
      // A product has the radix of its other factor if this one has 2^261 in place of 2^256.
      var radix = F.constant(java.math.BigInteger.ONE.shiftLeft(266));
      for (int k = 0; k < blocks; k++) {
        F.mul(this.b, k * LaneField.BLOCK, radix, 0, this.b, k * LaneField.BLOCK);
      }
    }

    private long[] blocks(FieldVector v) {
      var out = new long[blocks * LaneField.BLOCK];
      for (int k = 0; k < blocks; k++) {
        LaneField.unpack(v.limbs(), k * LaneField.LANES, v.stride(), out, k * LaneField.BLOCK);
      }
      return out;
    }

    @Override
    public void run(int rounds) {
      for (int round = 0; round < rounds; round++) {
        F.mul(a, 0, b, 0, a, 0, blocks);
      }
    }

    @Override
    public FieldVector result() {
      var out = FieldVector.ofFr(size);
      for (int k = 0; k < blocks; k++) {
        F.pack(a, k * LaneField.BLOCK, out.limbs(), k * LaneField.LANES, out.stride());
      }
      return out;
    }
  }
}
