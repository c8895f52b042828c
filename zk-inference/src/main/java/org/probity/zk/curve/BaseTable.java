package org.probity.zk.curve;

import java.math.BigInteger;
import java.util.BitSet;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fp;
import org.probity.zk.field.PrimeField;

/**
 * Fixed bases as {@link AffineBatch} wants them, and, if asked for, their multiples {@code
 * 2^(stride·level)·P}: with those, all windows of a scalar share the buckets of a few, so that
 * windows can be wider and fewer.
 */
public final class BaseTable {
  private static final int POINT = AffineBatch.POINT;

  /** Scalars have 254 bits and their highest signed digit may carry. */
  static final int SCALAR_BITS = 255;

  private final long[] points;
  private final int size;
  private final int levels;
  private final int stride;
  private final @Nullable BitSet infinite;

  private BaseTable(long[] points, int size, int levels, int stride, @Nullable BitSet infinite) {
    this.points = points;
    this.size = size;
    this.levels = levels;
    this.stride = stride;
    this.infinite = infinite;
  }

  /** The bases alone. */
  public static BaseTable of(PointVector bases) {
    int n = bases.size();
    var points = AffineBatch.points(n);
    var infinite = new BitSet();
    for (int i = 0; i < n; i++) {
      if (bases.isInfinity(i)) {
        infinite.set(i);
      }
    }
    enter(bases.x(), points, 0);
    enter(bases.y(), points, 4);
    return new BaseTable(points, n, 1, SCALAR_BITS + 1, infinite.isEmpty() ? null : infinite);
  }

  /** Brings coordinates into the lanes' radix; by scalar code, which is fast before it is warm. */
  private static void enter(FieldVector coordinates, long[] points, int offset) {
    for (int i = 0; i < coordinates.size(); i++) {
      PrimeField.FP.mul(
          coordinates.limbs(),
          i,
          coordinates.stride(),
          ENTER,
          0,
          1,
          points,
          AffineBatch.at(i) + offset,
          1);
    }
  }

  /**
   * The same bases with their multiples.
   *
   * @param stride bits between two levels
   */
  BaseTable withLevels(int stride, LaneMsm runner) {
    int count = (SCALAR_BITS + stride - 1) / stride;
    var all = AffineBatch.points(Math.multiplyExact(count, size));
    System.arraycopy(points, 0, all, 0, points.length);
    int parts = (size + 2047) / 2048;
    IntConsumer body =
        part -> {
          var batch = new AffineBatch();
          int from = (int) ((long) size * part / parts);
          int to = (int) ((long) size * (part + 1) / parts);
          for (int level = 1; level < count; level++) {
            for (int i = 0; i < stride; i++) {
              int source = (i == 0 ? level - 1 : level) * size;
              for (int p = from; p < to; p++) {
                if (infinite == null || !infinite.get(p)) {
                  batch.twice(all, source + p, all, level * size + p);
                }
              }
              batch.flushTwice(all);
            }
          }
        };
    runner.parallel(Math.max(1, parts), body);
    return new BaseTable(all, size, count, stride, infinite);
  }

  /** Bytes that a prepared table may take; without limit it would be twenty times the bases. */
  private static final long BUDGET = 160L << 20;

  public boolean isPrepared() {
    return levels > 1;
  }

  /**
   * The same bases with as many of their multiples as the budget allows, on the runner's threads.
   */
  public BaseTable prepared(LaneMsm runner) {
    // Strides that windows of 13 bits divide, the densest first.
    for (int stride : new int[] {13, 26, 52, 65, 130}) {
      long bytes = 8L * POINT * size * ((SCALAR_BITS + stride - 1) / stride);
      if (bytes <= BUDGET) {
        return withLevels(stride, runner);
      }
    }
    return this;
  }

  int size() {
    return size;
  }

  int levels() {
    return levels;
  }

  int stride() {
    return stride;
  }

  boolean isInfinity(int i) {
    return infinite != null && infinite.get(i);
  }

  long[] points() {
    return points;
  }

  /** {@code 2^-5·2^256}: takes a word of the lanes' radix back, as a factor of scalar kernels. */
  private static final long[] LEAVE = words(BigInteger.ONE.shiftLeft(251));

  private static final long[] ENTER = words(BigInteger.ONE.shiftLeft(261));

  private static long[] words(BigInteger value) {
    return PrimeField.limbs(value.mod(PrimeField.FP.modulus()));
  }

  /** Point i of an array in the lanes' form. */
  static G1 point(long[] points, int i) {
    return new G1(coordinate(points, AffineBatch.at(i)), coordinate(points, AffineBatch.at(i) + 4));
  }

  /** The point a reference means. */
  static G1 signedPoint(long[] points, int ref) {
    G1 point = point(points, ref & Integer.MAX_VALUE);
    return ref < 0 ? point.negate() : point;
  }

  private static Fp coordinate(long[] points, int at) {
    var cell = FieldVector.ofFp(1);
    PrimeField.FP.mul(points, at, 1, LEAVE, 0, 1, cell.limbs(), 0, 1);
    return cell.fp(0);
  }

  /** Writes a point, not infinity, in the lanes' form. */
  static void store(G1 point, long[] points, int i) {
    var cell = FieldVector.ofFp(1);
    cell.set(0, point.x());
    PrimeField.FP.mul(cell.limbs(), 0, 1, ENTER, 0, 1, points, AffineBatch.at(i), 1);
    cell.set(0, point.y());
    PrimeField.FP.mul(cell.limbs(), 0, 1, ENTER, 0, 1, points, AffineBatch.at(i) + 4, 1);
  }
}
