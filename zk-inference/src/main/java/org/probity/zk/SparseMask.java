package org.probity.zk;

import java.util.List;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.probity.zk.backend.Committed;
import org.probity.zk.field.Fr;

/**
 * A mask vector of length 2^ℓ with about 4ℓ random entries, and the linear polynomial {@code 1 +
 * Σ_t weight_t·x_t} it is multiplied by in sumcheck 3. Where the entries stand is what makes the
 * messages of sumcheck 3 and of the opening, linear in them, have full rank (docs/protocol.md,
 * section 4; the rank is tested).
 */
final class SparseMask {
  private final int power;
  private final TreeMap<Integer, Fr> entries = new TreeMap<>();

  /**
   * A mask whose weights are {@code (t+1)^power}; power 1 gives M1 and L1, power 2 gives M2 and L2.
   */
  SparseMask(int variables, int power, Entropy entropy) {
    this.power = power;
    for (int index : support(variables)) {
      entries.put(index, entropy.nextFr());
    }
  }

  /** The indices of the random entries, ascending. */
  static SortedSet<Integer> support(int variables) {
    var support = new TreeSet<Integer>();
    support.add(0);
    support.add(1);
    for (int i = 1; i < variables; i++) {
      for (int j = 0; j < 4; j++) {
        support.add((1 << i) + (int) ((long) j * (1 << i) / 4));
      }
    }
    return support;
  }

  SequencedMap<Integer, Fr> entries() {
    return entries;
  }

  Fr weight(int variable) {
    return Fr.of(weight(power, variable));
  }

  private static long weight(int power, int variable) {
    long base = variable + 1L;
    return power == 1 ? base : base * base;
  }

  /** The linear polynomial of a mask with this power, at a point. */
  static Fr form(int power, List<Fr> point) {
    Fr sum = Fr.ONE;
    for (int t = 0; t < point.size(); t++) {
      sum = sum.plus(Fr.of(weight(power, t)).times(point.get(t)));
    }
    return sum;
  }

  Fr form(List<Fr> point) {
    return form(power, point);
  }

  /** The linear polynomial at a vertex of the cube. */
  Fr form(int index) {
    return Fr.of(1 + integerForm(0, index));
  }

  /** {@code Σ weight_{first+u}} over the bits u of an index. */
  long integerForm(int first, int index) {
    long sum = 0;
    for (int u = 0; index >>> u != 0; u++) {
      if ((index >>> u & 1) != 0) {
        sum += weight(power, first + u);
      }
    }
    return sum;
  }

  /** {@code Σ_x L(x)·M(x)}. */
  Fr sum() {
    return entries.entrySet().stream()
        .map(entry -> form(entry.getKey()).times(entry.getValue()))
        .reduce(Fr.ZERO, Fr::plus);
  }

  /** What the prover commits to. */
  Committed committed(Fr blinder) {
    return new Committed.Sparse(entries, blinder);
  }
}
