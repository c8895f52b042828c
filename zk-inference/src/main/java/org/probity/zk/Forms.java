package org.probity.zk;

import java.util.List;
import org.probity.zk.field.Fr;

/**
 * The linear forms {@code L_B, L_A, L_W, L_Y} that {@link Claims} builds term by term
 * (docs/protocol.md, section 8). Each term is a product of factors whose multilinear extensions
 * have closed forms: the prover reads it as a vector ({@link FormVectors}), the verifier as its
 * value at r, which costs a few products ({@link FormValues}).
 */
interface Forms {
  /** Adds {@code by·left(i)·right(j)} at entry {@code i·|right| + j} of the slice. */
  void add(Slice slice, Factor left, Factor right, Fr by);

  /** Adds to the entry of the mask block with this index. */
  void mask(int index, Fr by);

  /** A vector over the cube of so many variables. */
  sealed interface Factor {
    /** The vector of one entry, 1. */
    Factor ONE = new Index(0, 0);

    int variables();

    /** {@code eq(point, ·)}. */
    record Kernel(List<Fr> point) implements Factor {
      @Override
      public int variables() {
        return point.size();
      }
    }

    /** 1 at this index, 0 elsewhere. */
    record Index(int index, int variables) implements Factor {}

    /** Integers, zero-extended. */
    record Integers(long[] values, int variables) implements Factor {}
  }
}
