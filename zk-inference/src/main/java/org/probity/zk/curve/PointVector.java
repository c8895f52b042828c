package org.probity.zk.curve;

import java.util.List;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.PrimeField;

/**
 * Affine points of G1 in bulk, as a structure of arrays; {@code (0, 0)} is infinity.
 *
 * @param x the x coordinates
 * @param y the y coordinates, as many
 */
public record PointVector(FieldVector x, FieldVector y) {
  public PointVector {
    if (x.size() != y.size()) {
      throw new IllegalArgumentException("As many x as y coordinates are needed");
    }
  }

  public static PointVector of(G1... points) {
    return of(List.of(points));
  }

  public static PointVector of(List<G1> points) {
    var x = FieldVector.ofFp(points.size());
    var y = FieldVector.ofFp(points.size());
    for (int i = 0; i < points.size(); i++) {
      x.set(i, points.get(i).x());
      y.set(i, points.get(i).y());
    }
    return new PointVector(x, y);
  }

  public int size() {
    return x.size();
  }

  /** Whether point i is infinity. */
  public boolean isInfinity(int i) {
    return PrimeField.isZero(x.limbs(), i, x.stride())
        && PrimeField.isZero(y.limbs(), i, y.stride());
  }

  public G1 get(int i) {
    return new G1(x.fp(i), y.fp(i));
  }
}
