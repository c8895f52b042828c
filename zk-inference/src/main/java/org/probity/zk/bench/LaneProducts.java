package org.probity.zk.bench;

import org.probity.zk.field.LaneField;

/** The lanes' part of the benchmark, apart so that it is loaded only where there are lanes. */
final class LaneProducts {
  private static final int BLOCKS = 8;
  private static final long[] FACTORS = new long[BLOCKS * LaneField.BLOCK];
  private static final long[] OUT = new long[BLOCKS * LaneField.BLOCK];

  static {
    for (int i = 0; i < FACTORS.length; i++) {
      FACTORS[i] = 0x1234567L * (i + 1) & 0x1fffffL;
    }
  }

  private LaneProducts() {}

  /** {@link ProverBenchmark#PRODUCTS} independent products in the first level cache. */
  static void run() {
    var f = LaneField.FR;
    for (int done = 0; done < ProverBenchmark.PRODUCTS; done += LaneField.LANES) {
      int i = done / LaneField.LANES % BLOCKS * LaneField.BLOCK;
      f.mul(FACTORS, i, FACTORS, BLOCKS * LaneField.BLOCK - LaneField.BLOCK - i, OUT, i);
    }
  }
}
