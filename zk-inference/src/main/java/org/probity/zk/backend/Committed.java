package org.probity.zk.backend;

import java.util.SequencedMap;
import org.probity.zk.field.Fr;

/** What one commitment is to: {@code Σ values[i]·bases[i] + blinder·H}. */
public sealed interface Committed {
  /** What it carries of the blinding generator H; zero for none. */
  Fr blinder();

  /** A vector, element by element. */
  record Dense(ResidentVector values, Fr blinder) implements Committed {
    /** A vector without a blinder. */
    public Dense(ResidentVector values) {
      this(values, Fr.ZERO);
    }
  }

  /** A vector that is zero but at these indices. */
  record Sparse(SequencedMap<Integer, Fr> entries, Fr blinder) implements Committed {
    /** The shape only: the entries are secret. */
    @Override
    public String toString() {
      return "Sparse[" + entries.size() + "]";
    }
  }
}
