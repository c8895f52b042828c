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

  private final long[] acc = new long[BLOCK];
  private final long[] x1 = new long[GROUP * BLOCK];
  private final long[] x2 = new long[GROUP * BLOCK];
  private final long[] y1 = new long[GROUP * BLOCK];
  private final long[] d = new long[GROUP * BLOCK];
  private final long[] n = new long[GROUP * BLOCK];
  private final long[] t = new long[GROUP * BLOCK];
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
    System.arraycopy(ONE, 0, acc, 0, BLOCK);
    for (int b = 0; b < blocks; b++) {
      int at = b * POINT * L;
      LaneField.columns(first, at);
      LaneField.columns(second, at);
      LaneField.unpack(first, at, L, x1, 0);
      LaneField.unpack(second, at, L, x2, 0);
      F.sub(x2, 0, x1, 0, d, 0);
      System.arraycopy(acc, 0, products, b * BLOCK, BLOCK);
      F.mul(d, 0, acc, 0, acc, 0);
    }
    invert();
    for (int from = (blocks - 1) / GROUP * GROUP; from >= 0; from -= GROUP) {
      int count = Math.min(GROUP, blocks - from);
      for (int k = count - 1; k >= 0; k--) {
        int b = from + k;
        int at = b * POINT * L;
        int to = k * BLOCK;
        LaneField.unpack(first, at + 4 * L, L, y1, to);
        LaneField.unpack(second, at + 4 * L, L, t, 0);
        F.sub(t, 0, secondSigns, b * L, y1, to, firstSigns, b * L, n, to);
        LaneField.unpack(first, at, L, x1, to);
        LaneField.unpack(second, at, L, x2, to);
        F.sub(x2, to, x1, to, d, 0);
        F.mul(acc, 0, products, b * BLOCK, t, 0);
        F.mul(n, to, t, 0, n, to);
        F.mul(d, 0, acc, 0, acc, 0);
      }
      finish(from, count, out);
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
    System.arraycopy(ONE, 0, acc, 0, BLOCK);
    for (int b = 0; b < blocks; b++) {
      int at = b * POINT * L;
      LaneField.columns(first, at);
      LaneField.unpack(first, at + 4 * L, L, t, 0);
      LaneField.add(t, 0, t, 0, d, 0);
      System.arraycopy(acc, 0, products, b * BLOCK, BLOCK);
      F.mul(d, 0, acc, 0, acc, 0);
    }
    invert();
    for (int from = (blocks - 1) / GROUP * GROUP; from >= 0; from -= GROUP) {
      int count = Math.min(GROUP, blocks - from);
      for (int k = count - 1; k >= 0; k--) {
        int b = from + k;
        int at = b * POINT * L;
        int to = k * BLOCK;
        LaneField.unpack(first, at, L, x1, to);
        LaneField.unpack(first, at, L, x2, to);
        LaneField.unpack(first, at + 4 * L, L, y1, to);
        F.mul(x1, to, x1, to, t, 0);
        LaneField.add(t, 0, t, 0, n, to);
        LaneField.add(n, to, t, 0, n, to);
        LaneField.add(y1, to, y1, to, d, 0);
        F.mul(acc, 0, products, b * BLOCK, t, 0);
        F.mul(n, to, t, 0, n, to);
        F.mul(d, 0, acc, 0, acc, 0);
      }
      finish(from, count, out);
    }
    pairs = 0;
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

  /** From the slopes n to the sums of a group of blocks. */
  private void finish(int from, int count, long[] out) {
    F.mul(n, 0, n, 0, t, 0, count);
    for (int k = 0; k < count; k++) {
      int at = k * BLOCK;
      LaneField.minus(t, at, x1, at, t, at);
      LaneField.minus(t, at, x2, at, t, at);
      F.pack(t, at, sum, k * POINT * L, L);
      LaneField.unpack(sum, k * POINT * L, L, x2, at);
      F.sub(x1, at, x2, at, d, at);
    }
    F.mul(d, 0, n, 0, t, 0, count);
    for (int k = 0; k < count; k++) {
      int at = k * BLOCK;
      LaneField.minus(t, at, y1, at, firstSigns, (from + k) * L, t, at);
      F.pack(t, at, sum, k * POINT * L + 4 * L, L);
      LaneField.records(sum, k * POINT * L);
    }
    int base = from * L;
    int points = Math.min(count * L, pairs - base);
    for (int i = 0; i < points; i++) {
      LaneField.copyRecord(sum, i * POINT, out, at(targets[base + i]));
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
