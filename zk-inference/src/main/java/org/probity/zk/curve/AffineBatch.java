package org.probity.zk.curve;

import java.math.BigInteger;
import org.probity.zk.field.LaneField;
import org.probity.zk.field.PrimeField;

/**
 * Sums of many independent pairs of affine points, with one inversion for all of them (Montgomery's
 * trick), on lanes: five multiplications and a squaring a sum, against the fourteen of a sum in
 * projective coordinates.
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
 * #maybeEqual}). An instance is the workspace of one thread.
 */
final class AffineBatch {
  /** Words of a point. */
  static final int POINT = 8;

  /**
   * Where the first point stands in an array of points: large arrays start on a page, after 16
   * bytes of header, so that this makes every point one cache line.
   */
  private static final int ORIGIN = 6;

  private static final LaneField F = LaneField.FP;
  private static final int L = LaneField.LANES;
  private static final int BLOCK = LaneField.BLOCK;

  /** Pairs of one inversion: their coordinates and products stay in the second level cache. */
  private static final int PAIRS = 2048;

  private static final BigInteger RADIX = BigInteger.ONE.shiftLeft(261);
  private static final long[] ONE = F.constant(RADIX);

  /** {@code x2 - x1 + 2p} where both are equal: what {@link LaneField#difference} gives. */
  private static final long[] TWICE = new long[BLOCK];

  static {
    var zero = new long[4 * L];
    F.difference(zero, 0, zero, 0, L, TWICE, 0);
  }

  /** Turns the plain inverse of a value in the lanes' radix into the inverse in that radix. */
  private static final long[] RADIX_CUBED = F.constant(RADIX.pow(3));

  /** Blocks that go through each step together, so that the steps of one hide those of another. */
  private static final int GROUP = 4;

  private final long[] first = new long[PAIRS * POINT];
  private final long[] second = new long[PAIRS * POINT];
  private final long[] firstSigns = new long[PAIRS];
  private final long[] secondSigns = new long[PAIRS];
  private final long[] products = new long[PAIRS / L * BLOCK];
  private final int[] targets = new int[PAIRS];
  private int pairs;

  /** The denominators, a block each. */
  private final long[] denominators = new long[PAIRS / L * BLOCK];

  private final long[] acc = new long[BLOCK];
  private final long[] n = new long[GROUP * BLOCK];
  private final long[] t = new long[GROUP * BLOCK];
  private final long[] d = new long[GROUP * BLOCK];
  private final long[] x = new long[BLOCK];
  private final long[] sum = new long[GROUP * POINT * L];
  private final long[] lanes = new long[12 * L];

  /** Room for so many points. */
  static long[] points(int count) {
    return new long[Math.addExact(ORIGIN, Math.multiplyExact(count, POINT))];
  }

  /** Where point i stands in an array of points. */
  static int at(int i) {
    return ORIGIN + i * POINT;
  }

  /** Whether the points meant may have equal x, that is, may be equal or opposite. */
  static boolean maybeEqual(long[] points, int a, int b) {
    return points[at(a & Integer.MAX_VALUE)] == points[at(b & Integer.MAX_VALUE)];
  }

  /**
   * Adds a pair: {@code out[target] = ±points[a] ± points[b]} once {@link #flush} has run.
   *
   * @param a index of a point; with {@link Integer#MIN_VALUE} in it, its negative is meant
   * @param b likewise
   */
  void add(long[] points, int a, int b, long[] out, int target) {
    int slot = pairs++;
    LaneField.copyRecord(points, at(a & Integer.MAX_VALUE), first, slot * POINT);
    LaneField.copyRecord(points, at(b & Integer.MAX_VALUE), second, slot * POINT);
    firstSigns[slot] = a >> 31;
    secondSigns[slot] = b >> 31;
    targets[slot] = target;
    if (pairs == PAIRS) {
      flush(out);
    }
  }

  /** Computes all sums that wait. */
  void flush(long[] out) {
    if (pairs == 0) {
      return;
    }
    int blocks = fill(first);
    fill(second);
    for (int b = 0; b < blocks; b++) {
      int at = b * POINT * L;
      LaneField.columns(first, at);
      LaneField.columns(second, at);
      F.difference(second, at, first, at, L, denominators, b * BLOCK);
    }
    invert(blocks);
    for (int from = (blocks - 1) / GROUP * GROUP; from >= 0; from -= GROUP) {
      int count = Math.min(GROUP, blocks - from);
      for (int k = count - 1; k >= 0; k--) {
        int b = from + k;
        int y = b * POINT * L + 4 * L;
        F.difference(second, y, secondSigns, b * L, first, y, firstSigns, b * L, L, n, k * BLOCK);
        slope(b, k);
      }
      finish(from, count, false, out);
    }
    pairs = 0;
  }

  /** Adds a point to itself: {@code out[target] = 2·points[a]} once {@link #flushTwice} has run. */
  void twice(long[] points, int a, long[] out, int target) {
    int slot = pairs++;
    LaneField.copyRecord(points, at(a), first, slot * POINT);
    firstSigns[slot] = 0;
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
    int blocks = fill(first);
    for (int b = 0; b < blocks; b++) {
      int at = b * POINT * L;
      LaneField.columns(first, at);
      LaneField.unpack(first, at + 4 * L, L, t, 0);
      LaneField.add(t, 0, t, 0, denominators, b * BLOCK);
    }
    invert(blocks);
    for (int from = (blocks - 1) / GROUP * GROUP; from >= 0; from -= GROUP) {
      int count = Math.min(GROUP, blocks - from);
      for (int k = count - 1; k >= 0; k--) {
        int b = from + k;
        LaneField.unpack(first, b * POINT * L, L, x, 0);
        F.mul(x, 0, x, 0, x, 0);
        LaneField.add(x, 0, x, 0, t, 0);
        LaneField.add(t, 0, x, 0, n, k * BLOCK);
        slope(b, k);
      }
      finish(from, count, true, out);
    }
    pairs = 0;
  }

  /**
   * {@code n = n/denominator} of block b, the k-th of its group; acc goes on to the block before.
   */
  private void slope(int b, int k) {
    F.mul(acc, 0, products, b * BLOCK, t, 0);
    F.mul(n, k * BLOCK, t, 0, n, k * BLOCK);
    F.mul(denominators, b * BLOCK, acc, 0, acc, 0);
  }

  /** Fills the last block up with copies of its first point; returns the number of blocks. */
  private int fill(long[] points) {
    int blocks = (pairs + L - 1) / L;
    int whole = (blocks - 1) * L;
    for (int i = pairs; i < blocks * L; i++) {
      LaneField.copyRecord(points, whole * POINT, points, i * POINT);
    }
    return blocks;
  }

  /** From the slopes n to the sums of a group of blocks, or to the doubles. */
  private void finish(int from, int count, boolean twice, long[] out) {
    F.mul(n, 0, n, 0, t, 0, count);
    for (int k = 0; k < count; k++) {
      int at = k * BLOCK;
      int point = (from + k) * POINT * L;
      // x3 = λ² - 2·x1 - (x2 - x1).
      var difference = twice ? TWICE : denominators;
      F.minusTwice(t, at, first, point, L, difference, twice ? 0 : (from + k) * BLOCK, t, at);
      F.pack(t, at, sum, k * POINT * L, L);
      F.difference(first, point, sum, k * POINT * L, L, d, at);
    }
    F.mul(d, 0, n, 0, t, 0, count);
    for (int k = 0; k < count; k++) {
      int at = k * BLOCK;
      int y = (from + k) * POINT * L + 4 * L;
      LaneField.minus(t, at, first, y, L, firstSigns, (from + k) * L, t, at);
      F.pack(t, at, sum, k * POINT * L + 4 * L, L);
      LaneField.records(sum, k * POINT * L);
    }
    int base = from * L;
    int points = Math.min(count * L, pairs - base);
    for (int i = 0; i < points; i++) {
      LaneField.copyRecord(sum, i * POINT, out, at(targets[base + i]));
    }
  }

  /**
   * The products before each denominator, and the inverse of all of them in acc: the product of its
   * lanes is inverted once and taken apart.
   */
  private void invert(int blocks) {
    var f = PrimeField.FP;
    System.arraycopy(ONE, 0, acc, 0, BLOCK);
    for (int b = 0; b < blocks; b++) {
      System.arraycopy(acc, 0, products, b * BLOCK, BLOCK);
      F.mul(denominators, b * BLOCK, acc, 0, acc, 0);
    }
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
