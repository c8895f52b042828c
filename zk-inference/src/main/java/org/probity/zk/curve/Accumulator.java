package org.probity.zk.curve;

import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fp;

/** A running sum of points of G1, kept without inversions. Not safe for use by several threads. */
public final class Accumulator {
  private final Xyzz kernel = new Xyzz();
  private final long[] sum = new long[Xyzz.LIMBS];

  /** Adds a point. */
  public void add(G1 point) {
    var points = PointVector.of(point);
    add(points, 0, false);
  }

  /** Adds point {@code i} of a vector, or subtracts it. */
  public void add(PointVector points, int i, boolean negative) {
    var x = points.x();
    var y = points.y();
    kernel.addAffine(sum, 0, x.limbs(), i, x.stride(), y.limbs(), i, y.stride(), negative);
  }

  /** Adds the point in the 16 limbs of {@link Xyzz}, computed elsewhere. */
  void add(long[] point) {
    kernel.add(sum, 0, point, 0);
  }

  /** Doubles the sum. */
  public void twice() {
    kernel.twice(sum, 0);
  }

  /** The sum so far. */
  public G1 toAffine() {
    return affine(sum);
  }

  /** The point in the 16 limbs of {@link Xyzz}: one inversion. */
  public static G1 affine(long[] xyzz) {
    if (Xyzz.isInfinity(xyzz, 0)) {
      return G1.INFINITY;
    }
    var coordinates = FieldVector.ofFp(4);
    for (int i = 0; i < 4; i++) {
      for (int l = 0; l < 4; l++) {
        coordinates.limbs()[l * coordinates.stride() + i] = xyzz[4 * i + l];
      }
    }
    Fp zz = coordinates.fp(2);
    Fp zzz = coordinates.fp(3);
    Fp inverse = zz.times(zzz).inverse();
    return new G1(
        coordinates.fp(0).times(zzz).times(inverse), coordinates.fp(1).times(zz).times(inverse));
  }
}
