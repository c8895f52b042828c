package org.probity.zk.curve;

import java.util.Arrays;
import org.probity.zk.field.Fp;
import org.probity.zk.field.PrimeField;

/**
 * Curve kernels on points in XYZZ coordinates, {@code x = X/ZZ}, {@code y = Y/ZZZ}, {@code ZZ³ =
 * ZZZ²}; infinity has {@code ZZ = 0}. A point is 16 consecutive limbs of an array (X, Y, ZZ, ZZZ).
 * Complete: equal, opposite and infinite operands are right (EFD, shortw/xyzz: madd-2008-s,
 * add-2008-s, dbl-2008-s-1).
 *
 * <p>An instance is the scratch space of one thread.
 */
final class Xyzz {
  static final int LIMBS = 16;
  private static final PrimeField F = PrimeField.FP;
  private static final int X = 0;
  private static final int Y = 4;
  private static final int ZZ = 8;
  private static final int ZZZ = 12;

  private static final int P = 0;
  private static final int R = 4;
  private static final int PP = 8;
  private static final int PPP = 12;
  private static final int Q = 16;
  private static final int T = 20;
  private static final int U = 24;
  private static final int V = 28;

  private static final long[] ONE = PointFormat.constant(Fp.ONE);

  private final long[] t = new long[32];

  static boolean isInfinity(long[] a, int ai) {
    return PrimeField.isZero(a, ai + ZZ, 1);
  }

  static void setInfinity(long[] a, int ai) {
    Arrays.fill(a, ai, ai + LIMBS, 0);
  }

  /**
   * {@code a += (x, y)}, an affine point at a place; {@code (0, 0)} is infinity. {@code negative}
   * subtracts.
   */
  void addAffine(
      long[] a,
      int ai,
      long[] xs,
      int xi,
      int xStride,
      long[] ys,
      int yi,
      int yStride,
      boolean negative) {
    if (PrimeField.isZero(xs, xi, xStride) && PrimeField.isZero(ys, yi, yStride)) {
      return;
    }
    PrimeField.copy(ys, yi, yStride, t, U, 1);
    if (negative) {
      Arrays.fill(t, V, V + 4, 0);
      F.sub(t, V, 1, t, U, 1, t, U, 1);
    }
    if (isInfinity(a, ai)) {
      PrimeField.copy(xs, xi, xStride, a, ai + X, 1);
      PrimeField.copy(t, U, 1, a, ai + Y, 1);
      PrimeField.copy(ONE, 0, 1, a, ai + ZZ, 1);
      PrimeField.copy(ONE, 0, 1, a, ai + ZZZ, 1);
      return;
    }
    F.mul(xs, xi, xStride, a, ai + ZZ, 1, t, P, 1);
    F.sub(t, P, 1, a, ai + X, 1, t, P, 1);
    F.mul(t, U, 1, a, ai + ZZZ, 1, t, R, 1);
    F.sub(t, R, 1, a, ai + Y, 1, t, R, 1);
    if (haveOneAbscissa(a, ai)) {
      return;
    }
    F.mul(a, ai + X, 1, t, PP, 1, t, Q, 1);
    F.mul(a, ai + Y, 1, t, PPP, 1, t, V, 1);
    finish(a, ai);
    F.mul(a, ai + ZZ, 1, t, PP, 1, a, ai + ZZ, 1);
    F.mul(a, ai + ZZZ, 1, t, PPP, 1, a, ai + ZZZ, 1);
  }

  /** {@code a += b}. The places must not overlap. */
  void add(long[] a, int ai, long[] b, int bi) {
    if (isInfinity(b, bi)) {
      return;
    }
    if (isInfinity(a, ai)) {
      System.arraycopy(b, bi, a, ai, LIMBS);
      return;
    }
    F.mul(a, ai + X, 1, b, bi + ZZ, 1, t, U, 1);
    F.mul(b, bi + X, 1, a, ai + ZZ, 1, t, P, 1);
    F.sub(t, P, 1, t, U, 1, t, P, 1);
    F.mul(a, ai + Y, 1, b, bi + ZZZ, 1, t, V, 1);
    F.mul(b, bi + Y, 1, a, ai + ZZZ, 1, t, R, 1);
    F.sub(t, R, 1, t, V, 1, t, R, 1);
    if (haveOneAbscissa(a, ai)) {
      return;
    }
    F.mul(t, U, 1, t, PP, 1, t, Q, 1);
    F.mul(t, V, 1, t, PPP, 1, t, V, 1);
    finish(a, ai);
    F.mul(a, ai + ZZ, 1, b, bi + ZZ, 1, a, ai + ZZ, 1);
    F.mul(a, ai + ZZ, 1, t, PP, 1, a, ai + ZZ, 1);
    F.mul(a, ai + ZZZ, 1, b, bi + ZZZ, 1, a, ai + ZZZ, 1);
    F.mul(a, ai + ZZZ, 1, t, PPP, 1, a, ai + ZZZ, 1);
  }

  /** Of equal points the double is the sum, of opposite ones infinity; else prepares PP and PPP. */
  private boolean haveOneAbscissa(long[] a, int ai) {
    if (!PrimeField.isZero(t, P, 1)) {
      F.mul(t, P, 1, t, P, 1, t, PP, 1);
      F.mul(t, P, 1, t, PP, 1, t, PPP, 1);
      return false;
    }
    if (PrimeField.isZero(t, R, 1)) {
      twice(a, ai);
    } else {
      setInfinity(a, ai);
    }
    return true;
  }

  /** {@code X = R² - PPP - 2Q}, {@code Y = R(Q - X) - V}. */
  private void finish(long[] a, int ai) {
    F.mul(t, R, 1, t, R, 1, t, T, 1);
    F.sub(t, T, 1, t, PPP, 1, t, T, 1);
    coordinates(a, ai);
  }

  /** {@code X = T - 2Q}, {@code Y = R(Q - X) - V}. */
  private void coordinates(long[] a, int ai) {
    F.sub(t, T, 1, t, Q, 1, t, T, 1);
    F.sub(t, T, 1, t, Q, 1, a, ai + X, 1);
    F.sub(t, Q, 1, a, ai + X, 1, t, T, 1);
    F.mul(t, R, 1, t, T, 1, t, T, 1);
    F.sub(t, T, 1, t, V, 1, a, ai + Y, 1);
  }

  /** {@code a += a}. */
  void twice(long[] a, int ai) {
    if (isInfinity(a, ai)) {
      return;
    }
    F.add(a, ai + Y, 1, a, ai + Y, 1, t, U, 1);
    F.mul(t, U, 1, t, U, 1, t, PP, 1);
    F.mul(t, U, 1, t, PP, 1, t, PPP, 1);
    F.mul(a, ai + X, 1, t, PP, 1, t, Q, 1);
    F.mul(a, ai + X, 1, a, ai + X, 1, t, T, 1);
    F.add(t, T, 1, t, T, 1, t, R, 1);
    F.add(t, R, 1, t, T, 1, t, R, 1);
    F.mul(t, PPP, 1, a, ai + Y, 1, t, V, 1);
    F.mul(a, ai + ZZ, 1, t, PP, 1, a, ai + ZZ, 1);
    F.mul(a, ai + ZZZ, 1, t, PPP, 1, a, ai + ZZZ, 1);
    F.mul(t, R, 1, t, R, 1, t, T, 1);
    coordinates(a, ai);
  }
}
