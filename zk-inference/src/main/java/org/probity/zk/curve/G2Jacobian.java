package org.probity.zk.curve;

import java.math.BigInteger;
import org.probity.zk.field.FieldElement;

/**
 * A point of the twist as {@code (X/Z², Y/Z³)}, for sums without inversions; infinity has Z = 0
 * (EFD, shortw/jacobian-0: dbl-2009-l, madd-2007-bl, add-2007-bl). Complete: equal, opposite and
 * infinite operands are right.
 */
record G2Jacobian(Fp2 x, Fp2 y, Fp2 z) {
  static final G2Jacobian INFINITY = new G2Jacobian(Fp2.ONE, Fp2.ONE, Fp2.ZERO);

  static G2Jacobian of(G2 point) {
    return point.isInfinity() ? INFINITY : new G2Jacobian(point.x(), point.y(), Fp2.ONE);
  }

  boolean isInfinity() {
    return z.isZero();
  }

  G2Jacobian twice() {
    if (isInfinity() || y.isZero()) {
      return INFINITY;
    }
    Fp2 a = x.square();
    Fp2 b = y.square();
    Fp2 c = b.square();
    Fp2 d = x.plus(b).square().minus(a).minus(c).twice();
    Fp2 e = a.twice().plus(a);
    Fp2 x3 = e.square().minus(d.twice());
    Fp2 y3 = e.times(d.minus(x3)).minus(c.twice().twice().twice());
    return new G2Jacobian(x3, y3, y.times(z).twice());
  }

  G2Jacobian plus(G2 other) {
    if (other.isInfinity()) {
      return this;
    }
    if (isInfinity()) {
      return of(other);
    }
    Fp2 zz = z.square();
    Fp2 h = other.x().times(zz).minus(x);
    Fp2 r = other.y().times(z).times(zz).minus(y).twice();
    if (h.isZero()) {
      return r.isZero() ? twice() : INFINITY;
    }
    Fp2 hh = h.square();
    Fp2 i = hh.twice().twice();
    Fp2 j = h.times(i);
    Fp2 v = x.times(i);
    Fp2 x3 = r.square().minus(j).minus(v.twice());
    Fp2 y3 = r.times(v.minus(x3)).minus(y.times(j).twice());
    return new G2Jacobian(x3, y3, z.plus(h).square().minus(zz).minus(hh));
  }

  G2Jacobian plus(G2Jacobian other) {
    if (other.isInfinity()) {
      return this;
    }
    if (isInfinity()) {
      return other;
    }
    Fp2 zz = z.square();
    Fp2 otherZz = other.z.square();
    Fp2 u = x.times(otherZz);
    Fp2 s = y.times(other.z).times(otherZz);
    Fp2 h = other.x.times(zz).minus(u);
    Fp2 r = other.y.times(z).times(zz).minus(s).twice();
    if (h.isZero()) {
      return r.isZero() ? twice() : INFINITY;
    }
    Fp2 i = h.twice().square();
    Fp2 j = h.times(i);
    Fp2 v = u.times(i);
    Fp2 x3 = r.square().minus(j).minus(v.twice());
    Fp2 y3 = r.times(v.minus(x3)).minus(s.times(j).twice());
    return new G2Jacobian(x3, y3, z.plus(other.z).square().minus(zz).minus(otherZz).times(h));
  }

  /** A point of the twist, of any order, added to itself {@code scalar} times. */
  static G2Jacobian multiple(G2 point, BigInteger scalar) {
    return FieldElement.power(
        INFINITY, point, scalar, (sum, one) -> sum.plus(one), G2Jacobian::twice);
  }

  boolean isEqualTo(G2 point) {
    if (isInfinity() || point.isInfinity()) {
      return isInfinity() && point.isInfinity();
    }
    Fp2 zz = z.square();
    return point.x().times(zz).equals(x) && point.y().times(zz).times(z).equals(y);
  }

  G2 toAffine() {
    if (isInfinity()) {
      return G2.INFINITY;
    }
    Fp2 inverse = z.inverse();
    Fp2 square = inverse.square();
    return new G2(x.times(square), y.times(square).times(inverse));
  }
}
