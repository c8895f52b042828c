package org.probity.zk;

import java.util.List;

/** What a model decided. */
public sealed interface Decision {
  /** The decision as the statement's words: the class, or every output. */
  int[] words();

  /**
   * The class an {@link Readout#ARGMAX} network chose.
   *
   * @param index from 0
   */
  record Choice(int index) implements Decision {
    @Override
    public int[] words() {
      return new int[] {index};
    }
  }

  /**
   * The outputs of a {@link Readout#LINEAR} network.
   *
   * @param values one for each output, each greater than -2^31
   */
  record Outputs(List<Integer> values) implements Decision {
    public Outputs {
      values = List.copyOf(values);
    }

    @Override
    public int[] words() {
      return values.stream().mapToInt(Integer::intValue).toArray();
    }
  }
}
