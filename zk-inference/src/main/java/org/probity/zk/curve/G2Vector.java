package org.probity.zk.curve;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fp;

/**
 * Affine points of G2 in bulk.
 *
 * @param coordinates {@code x.c0, x.c1, y.c0, y.c1} of each point in turn
 */
public record G2Vector(FieldVector coordinates) {
  public G2Vector {
    if (coordinates.size() % 4 != 0) {
      throw new IllegalArgumentException("A point of G2 has four coordinates");
    }
  }

  public int size() {
    return coordinates.size() / 4;
  }

  public G2 get(int i) {
    return new G2(
        new Fp2(coordinate(4 * i), coordinate(4 * i + 1)),
        new Fp2(coordinate(4 * i + 2), coordinate(4 * i + 3)));
  }

  private Fp coordinate(int i) {
    return coordinates.fp(i);
  }

  /**
   * {@code Σ scalars[i]·points[i]}, by Pippenger's buckets; the windows run in parallel.
   *
   * @param scalars of the scalar field, as many as points
   */
  public G2 combination(FieldVector scalars) {
    int n = size();
    if (scalars.size() != n) {
      throw new IllegalArgumentException(
          "There are %d scalars for %d points".formatted(scalars.size(), n));
    }
    var points = IntStream.range(0, n).mapToObj(this::get).toArray(G2[]::new);
    var integers =
        IntStream.range(0, n)
            .mapToObj(i -> scalars.fr(i).toBigInteger())
            .toArray(BigInteger[]::new);
    int bits = 254;
    int width = Math.clamp(31 - Integer.numberOfLeadingZeros(n + 1) - 2, 1, 12);
    var sums =
        IntStream.rangeClosed(0, bits / width)
            .parallel()
            .mapToObj(w -> window(points, integers, w * width, width))
            .toArray(G2Jacobian[]::new);
    var total = G2Jacobian.INFINITY;
    for (int w = sums.length - 1; w >= 0; w--) {
      for (int i = 0; i < width; i++) {
        total = total.twice();
      }
      total = total.plus(sums[w]);
    }
    return total.toAffine();
  }

  private static G2Jacobian window(G2[] points, BigInteger[] scalars, int low, int width) {
    var buckets = new G2Jacobian[(1 << width) - 1];
    Arrays.fill(buckets, G2Jacobian.INFINITY);
    for (int i = 0; i < points.length; i++) {
      int digit = scalars[i].shiftRight(low).intValue() & ((1 << width) - 1);
      if (digit != 0) {
        buckets[digit - 1] = buckets[digit - 1].plus(points[i]);
      }
    }
    var running = G2Jacobian.INFINITY;
    var sum = G2Jacobian.INFINITY;
    for (int b = buckets.length - 1; b >= 0; b--) {
      running = running.plus(buckets[b]);
      sum = sum.plus(running);
    }
    return sum;
  }
}
