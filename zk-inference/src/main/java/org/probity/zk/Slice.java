package org.probity.zk;

/**
 * A run of entries of a committed vector that is aligned to its own size, so that the variables
 * above it say where it stands.
 *
 * @param start its first entry, a multiple of its size
 * @param variables base-2 logarithm of its size
 */
record Slice(Vector vector, long start, int variables) {
  /** The vectors of sumcheck 3: B, A, the folded model row W', the chosen class's row W^y. */
  enum Vector {
    BITS,
    AUX,
    MODEL,
    CHOSEN
  }

  /** The first entry of a vector that fits into memory. */
  int at() {
    return (int) start;
  }

  int size() {
    return 1 << variables;
  }

  /** The same entries of another vector. */
  Slice in(Vector other) {
    return new Slice(other, start, variables);
  }

  /** Index of this slice among those of its size. */
  long place() {
    return start >>> variables;
  }
}
