package org.probity.zk.gpu;

/**
 * The bases of multi-scalar multiplications on a card, with multiples of them: level {@code t}
 * holds {@code 2^(t·sets·width)·P_i}, at point {@code t·size + i}. Windows that are whole levels
 * apart share a set of buckets, so that with a level a window there is one set, and nothing is
 * doubled.
 *
 * <p>Points are affine, x and y together in 64 bytes; zeros are infinity.
 *
 * @param size number of bases
 * @param levels number of levels, at least 1
 * @param width bits of a window, 2 to 20
 */
record Bases(Device.Memory points, int size, int levels, int width) {
  static final int POINT_BYTES = 64;

  /** The widest window: for 2^20 bases, 13 of them cost less than 16 of 16 bits. */
  static final int MAX_WIDTH = 20;

  static final int SCALAR_BITS = 254;

  Bases {
    if (width < 2
        || width > MAX_WIDTH
        || levels < 1
        || (long) size * levels * POINT_BYTES > points.bytes()) {
      throw new IllegalArgumentException("No such table of bases");
    }
    if ((long) size * levels > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("A table holds at most 2^31 - 1 points");
    }
  }

  /** Windows of a scalar: one bit more than it has, for the carry out of its highest digit. */
  int windows() {
    return windows(width);
  }

  static int windows(int width) {
    return SCALAR_BITS / width + 1;
  }

  int sets() {
    return Math.ceilDiv(windows(), levels);
  }

  /** Buckets of a set. */
  int buckets() {
    return 1 << (width - 1);
  }

  /**
   * The window for lists of about {@code n} scalars: the one that costs the fewest additions. A
   * bucket counts for three, its running sums being full additions.
   */
  static int width(int n, int levels) {
    int best = 2;
    double least = Double.MAX_VALUE;
    for (int c = 2; c <= MAX_WIDTH; c++) {
      int windows = windows(c);
      int sets = Math.ceilDiv(windows, levels);
      double cost = (double) windows * n + 3.0 * sets * (1 << (c - 1));
      if (cost < least) {
        least = cost;
        best = c;
      }
    }
    return best;
  }

  /** The same, for as many levels as windows: one set of buckets. */
  static int fullWidth(int n) {
    return width(n, Integer.MAX_VALUE);
  }
}
