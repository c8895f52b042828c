package org.probity.zk.curve;

import java.util.stream.IntStream;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fp;
import org.probity.zk.field.PrimeField;

/** Many multiples of one point, by a table of its multiples {@code d·2^(8w)}. */
public final class FixedBase {
  private static final int WINDOWS = 32;
  private static final int DIGITS = 256;

  private FixedBase() {}

  /** {@code scalars[i]·base} for every i. Not constant in time. */
  public static PointVector multiples(G1 base, FieldVector scalars) {
    var table = table(base);
    int n = scalars.size();
    var sums = new long[Math.multiplyExact(n, Xyzz.LIMBS)];
    int block = 512;
    IntStream.range(0, (n + block - 1) / block)
        .parallel()
        .forEach(b -> {
          var kernel = new Xyzz();
          var scalar = new long[4];
          for (int i = b * block; i < Math.min(n, (b + 1) * block); i++) {
            PrimeField.FR.canonical(scalars.limbs(), i, scalars.stride(), scalar, 0, 1);
            for (int w = 0; w < WINDOWS; w++) {
              int digit = (int) (scalar[w >>> 3] >>> (8 * (w & 7))) & 0xff;
              if (digit != 0) {
                int at = w * DIGITS + digit;
                var x = table.x();
                var y = table.y();
                kernel.addAffine(
                    sums,
                    i * Xyzz.LIMBS,
                    x.limbs(),
                    at,
                    x.stride(),
                    y.limbs(),
                    at,
                    y.stride(),
                    false);
              }
            }
          }
        });
    return affine(sums, n);
  }

  private static PointVector table(G1 base) {
    var kernel = new Xyzz();
    var multiples = new long[WINDOWS * DIGITS * Xyzz.LIMBS];
    var power = new long[Xyzz.LIMBS];
    var point = PointVector.of(base);
    kernel.addAffine(power, 0, point.x().limbs(), 0, 1, point.y().limbs(), 0, 1, false);
    for (int w = 0; w < WINDOWS; w++) {
      for (int d = 1; d < DIGITS; d++) {
        int at = (w * DIGITS + d) * Xyzz.LIMBS;
        System.arraycopy(multiples, at - Xyzz.LIMBS, multiples, at, Xyzz.LIMBS);
        kernel.add(multiples, at, power, 0);
      }
      for (int i = 0; i < 8; i++) {
        kernel.twice(power, 0);
      }
    }
    return affine(multiples, WINDOWS * DIGITS);
  }

  /** Affine forms of n points, with one inversion (Montgomery's trick); infinity is (0, 0). */
  private static PointVector affine(long[] points, int n) {
    var f = PrimeField.FP;
    var x = FieldVector.ofFp(n);
    var y = FieldVector.ofFp(n);
    var products = new long[4 * (n + 1)];
    var cell = FieldVector.ofFp(1);
    cell.set(0, Fp.ONE);
    System.arraycopy(cell.limbs(), 0, products, 0, 4);
    var t = new long[8];
    for (int i = 0; i < n; i++) {
      int p = i * Xyzz.LIMBS;
      if (Xyzz.isInfinity(points, p)) {
        System.arraycopy(products, 4 * i, products, 4 * i + 4, 4);
      } else {
        f.mul(points, p + 8, 1, points, p + 12, 1, t, 0, 1);
        f.mul(products, 4 * i, 1, t, 0, 1, products, 4 * i + 4, 1);
      }
    }
    System.arraycopy(products, 4 * n, cell.limbs(), 0, 4);
    cell.set(0, cell.fp(0).inverse());
    var inverse = cell.limbs();
    for (int i = n - 1; i >= 0; i--) {
      int p = i * Xyzz.LIMBS;
      if (!Xyzz.isInfinity(points, p)) {
        // t: 1/(ZZ·ZZZ) of this point; then x = X·ZZZ·t, y = Y·ZZ·t.
        f.mul(inverse, 0, 1, products, 4 * i, 1, t, 0, 1);
        f.mul(points, p + 8, 1, points, p + 12, 1, t, 4, 1);
        f.mul(inverse, 0, 1, t, 4, 1, inverse, 0, 1);
        f.mul(points, p, 1, points, p + 12, 1, t, 4, 1);
        f.mul(t, 4, 1, t, 0, 1, x.limbs(), i, n);
        f.mul(points, p + 4, 1, points, p + 8, 1, t, 4, 1);
        f.mul(t, 4, 1, t, 0, 1, y.limbs(), i, n);
      }
    }
    return new PointVector(x, y);
  }
}
