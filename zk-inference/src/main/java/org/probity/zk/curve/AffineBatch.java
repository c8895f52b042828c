package org.probity.zk.curve;

import java.math.BigInteger;
import org.probity.zk.field.LaneField;
import org.probity.zk.field.PrimeField;

/**
 * Sums of many independent pairs of affine points, with one inversion for all of them
 * (Montgomery's trick), on lanes: five multiplications and a squaring a sum, against the fourteen
 * of a sum in projective coordinates.
 *
 * <pre>  λ = (y2 - y1)/(x2 - x1),   x3 = λ² - x1 - x2,   y3 = λ(x1 - x3) - y1</pre>
 *
 * <p>Points are eight consecutive words of an array, x then y, canonical integers in {@link
 * LaneField}'s radix: one cache line each, wherever they are. Pairs are gathered into blocks as
 * they are added; when there are enough of them, one pass forward multiplies up all {@code x2 - x1}
 * (keeping the products before each), and one pass back takes the inverse apart and finishes the
 * sums. Each lane has a chain of its own; eight scalar steps join the lanes before the inversion.
 *
 * <p>The points of a pair must have different x: whoever schedules pairs sees to that ({@link
 * #equalX}). An instance is the workspace of one thread.
 */
final class AffineBatch {
  /** Words of a point. */
  static final int POINT = 8;

  private static final LaneField F = LaneField.FP;
  private static final int L = LaneField.LANES;
  private static final int BLOCK = LaneField.BLOCK;

  /** Pairs of one inversion: their coordinates and products stay in the second level cache. */
  private static final int PAIRS = 2048;

  private static final BigInteger RADIX = BigInteger.ONE.shiftLeft(261);
  private static final long[] ONE = F.constant(RADIX);

  /** Turns the plain inverse of a value in the lanes' radix into the inverse in that radix. */
  private static final long[] RADIX_CUBED = F.constant(RADIX.pow(3));

  private final long[] gathered = new long[PAIRS * 2 * POINT];
  private final long[] signs = new long[PAIRS * 2];
  private final long[] products = new long[PAIRS / L * BLOCK];
  private final int[] targets = new int[PAIRS];
  private int pairs;

  private final long[] acc = new long[BLOCK];
  private final long[] x1 = new long[BLOCK];
  private final long[] x2 = new long[BLOCK];
  private final long[] y1 = new long[BLOCK];
  private final long[] y2 = new long[BLOCK];
  private final long[] d = new long[BLOCK];
  private final long[] n = new long[BLOCK];
  private final long[] t = new long[BLOCK];
  private final long[] sum = new long[POINT * L];
  private final long[] lanes = new long[12 * L];

  /** Whether points at these indices have equal x: they are equal or opposite. */
  static boolean equalX(long[] points, int a, int b) {
    int i = POINT * a;
    int j = POINT * b;
    return points[i] == points[j]
        && points[i + 1] == points[j + 1]
        && points[i + 2] == points[j + 2]
        && points[i + 3] == points[j + 3];
  }

  /**
   * Adds a pair: {@code out[target] = ±points[a] ± points[b]} once {@link #flush} has run.
   *
   * @param a index of a point; with {@link Integer#MIN_VALUE} in it, its negative is meant
   * @param b likewise
   */
  void add(long[] points, int a, int b, long[] out, int target) {
    int slot = pairs++;
    int at = slot / L * (2 * POINT * L) + slot % L;
    gather(points, a, at);
    gather(points, b, at + POINT * L);
    int sign = slot / L * (2 * L) + slot % L;
    signs[sign] = a >> 31;
    signs[sign + L] = b >> 31;
    targets[slot] = target;
    if (pairs == PAIRS) {
      flush(out);
    }
  }

  private void gather(long[] points, int ref, int at) {
    int from = (ref & Integer.MAX_VALUE) * POINT;
    var g = gathered;
    g[at] = points[from];
    g[at + L] = points[from + 1];
    g[at + 2 * L] = points[from + 2];
    g[at + 3 * L] = points[from + 3];
    g[at + 4 * L] = points[from + 4];
    g[at + 5 * L] = points[from + 5];
    g[at + 6 * L] = points[from + 6];
    g[at + 7 * L] = points[from + 7];
  }

  /** Computes all sums that wait. */
  void flush(long[] out) {
    if (pairs == 0) {
      return;
    }
    int blocks = fill();
    System.arraycopy(ONE, 0, acc, 0, BLOCK);
    for (int b = 0; b < blocks; b++) {
      int at = b * (2 * POINT * L);
      LaneField.unpack(gathered, at, L, x1, 0);
      LaneField.unpack(gathered, at + POINT * L, L, x2, 0);
      F.sub(x2, 0, x1, 0, d, 0);
      System.arraycopy(acc, 0, products, b * BLOCK, BLOCK);
      F.mul(d, 0, acc, 0, acc, 0);
    }
    invert();
    for (int b = blocks - 1; b >= 0; b--) {
      int at = b * (2 * POINT * L);
      int sign = b * (2 * L);
      LaneField.unpack(gathered, at, L, x1, 0);
      LaneField.unpack(gathered, at + 4 * L, L, y1, 0);
      LaneField.unpack(gathered, at + POINT * L, L, x2, 0);
      LaneField.unpack(gathered, at + POINT * L + 4 * L, L, y2, 0);
      F.sub(y2, 0, signs, sign + L, y1, 0, signs, sign, n, 0);
      F.sub(x2, 0, x1, 0, d, 0);
      F.mul(acc, 0, products, b * BLOCK, t, 0);
      F.mul(d, 0, acc, 0, acc, 0);
      finish(b, sign, out);
    }
    pairs = 0;
  }

  /** Adds a point to itself: {@code out[target] = 2·points[a]} once {@link #flushTwice} has run. */
  void twice(long[] points, int a, long[] out, int target) {
    int slot = pairs++;
    gather(points, a, slot / L * (2 * POINT * L) + slot % L);
    targets[slot] = target;
    if (pairs == PAIRS) {
      flushTwice(out);
    }
  }

  /** Computes all doubles that wait: {@code λ = 3x²/2y}. */
  void flushTwice(long[] out) {
    if (pairs == 0) {
      return;
    }
    int blocks = fill();
    java.util.Arrays.fill(signs, 0);
    System.arraycopy(ONE, 0, acc, 0, BLOCK);
    for (int b = 0; b < blocks; b++) {
      LaneField.unpack(gathered, b * (2 * POINT * L) + 4 * L, L, y1, 0);
      LaneField.add(y1, 0, y1, 0, d, 0);
      System.arraycopy(acc, 0, products, b * BLOCK, BLOCK);
      F.mul(d, 0, acc, 0, acc, 0);
    }
    invert();
    for (int b = blocks - 1; b >= 0; b--) {
      int at = b * (2 * POINT * L);
      LaneField.unpack(gathered, at, L, x1, 0);
      LaneField.unpack(gathered, at, L, x2, 0);
      LaneField.unpack(gathered, at + 4 * L, L, y1, 0);
      F.mul(x1, 0, x1, 0, t, 0);
      LaneField.add(t, 0, t, 0, n, 0);
      LaneField.add(n, 0, t, 0, n, 0);
      LaneField.add(y1, 0, y1, 0, d, 0);
      F.mul(acc, 0, products, b * BLOCK, t, 0);
      F.mul(d, 0, acc, 0, acc, 0);
      finish(b, 0, out);
    }
    pairs = 0;
  }

  /** Fills the last block up with copies of its first pair; returns the number of blocks. */
  private int fill() {
    int blocks = (pairs + L - 1) / L;
    int first = (blocks - 1) * L;
    int at = (blocks - 1) * (2 * POINT * L);
    for (int lane = pairs - first; lane < L; lane++) {
      for (int w = 0; w < 2 * POINT; w++) {
        gathered[at + w * L + lane] = gathered[at + w * L];
      }
    }
    return blocks;
  }

  /** From {@code t = 1/denominator} and the numerator n to the sum of block b. */
  private void finish(int b, int sign, long[] out) {
    F.mul(n, 0, t, 0, n, 0);
    F.mul(n, 0, n, 0, t, 0);
    LaneField.minus(t, 0, x1, 0, t, 0);
    LaneField.minus(t, 0, x2, 0, t, 0);
    F.pack(t, 0, sum, 0, L);
    LaneField.unpack(sum, 0, L, x2, 0);
    F.sub(x1, 0, x2, 0, d, 0);
    F.mul(d, 0, n, 0, t, 0);
    LaneField.minus(t, 0, y1, 0, signs, sign, t, 0);
    F.pack(t, 0, sum, 4 * L, L);
    int count = Math.min(L, pairs - b * L);
    for (int lane = 0; lane < count; lane++) {
      int to = targets[b * L + lane] * POINT;
      out[to] = sum[lane];
      out[to + 1] = sum[L + lane];
      out[to + 2] = sum[2 * L + lane];
      out[to + 3] = sum[3 * L + lane];
      out[to + 4] = sum[4 * L + lane];
      out[to + 5] = sum[5 * L + lane];
      out[to + 6] = sum[6 * L + lane];
      out[to + 7] = sum[7 * L + lane];
    }
  }

  /** Inverts acc: the product of its lanes is inverted once and taken apart. */
  private void invert() {
    var f = PrimeField.FP;
    int partial = 4 * L;
    int inverses = 8 * L;
    F.pack(acc, 0, lanes, 0, L);
    PrimeField.copy(lanes, 0, L, lanes, partial, L);
    for (int j = 1; j < L; j++) {
      f.mul(lanes, partial + j - 1, L, lanes, j, L, lanes, partial + j, L);
    }
    int last = inverses + L - 1;
    f.invert(lanes, partial + L - 1, L, lanes, last, L);
    for (int j = L - 1; j > 0; j--) {
      // Of the running inverse, one part is this lane's and the rest runs on.
      f.mul(lanes, inverses + j, L, lanes, j, L, lanes, inverses + j - 1, L);
      f.mul(lanes, inverses + j, L, lanes, partial + j - 1, L, lanes, inverses + j, L);
    }
    LaneField.unpack(lanes, inverses, L, acc, 0);
    F.mul(acc, 0, RADIX_CUBED, 0, acc, 0);
  }
}
