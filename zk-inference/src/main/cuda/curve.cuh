// Points of BN254's G1: affine ones as bases, sums in XYZZ coordinates, x = X/ZZ, y = Y/ZZZ, ZZ³ = ZZZ² (EFD, shortw/xyzz: madd-2008-s, add-2008-s,
// dbl-2008-s-1). Complete: equal, opposite and infinite operands are right.
#pragma once

#include "field.cuh"

struct Affine {
  Fp x;
  Fp y;

  DEVICE bool is_infinity() const { return x.is_zero() && y.is_zero(); }
};

struct Xyzz {
  Fp x;
  Fp y;
  Fp zz;
  Fp zzz;

  DEVICE static Xyzz infinity() { return {Fp::zero(), Fp::zero(), Fp::zero(), Fp::zero()}; }
  DEVICE bool is_infinity() const { return zz.is_zero(); }

  DEVICE_CALL void twice() {
    if (is_infinity()) return;
    Fp u = ::twice(y);
    Fp v = square(u);
    Fp w = u * v;
    Fp s = x * v;
    Fp xx = square(x);
    Fp m = ::twice(xx) + xx;
    zz = v * zz;
    zzz = w * zzz;
    x = square(m) - ::twice(s);
    y = m * (s - x) - w * y;
  }

  // Where both additions end: r is the difference of the ys, ppp that of the xs cubed, q = X·pp and v = Y·ppp of the first operand.
  DEVICE void finish(const Fp& r, const Fp& ppp, const Fp& q, const Fp& v) {
    x = square(r) - ppp - ::twice(q);
    y = r * (q - x) - v;
  }

  DEVICE void add(const Affine& b, bool negative) {
    if (b.is_infinity()) return;
    Fp by = negative ? negated(b.y) : b.y;
    if (is_infinity()) {
      x = b.x;
      y = by;
      zz = Fp::one();
      zzz = Fp::one();
      return;
    }
    Fp p = b.x * zz - x;
    Fp r = by * zzz - y;
    if (p.is_zero()) {
      if (r.is_zero()) {
        twice();
      } else {
        *this = infinity();
      }
      return;
    }
    Fp pp = square(p);
    Fp ppp = p * pp;
    Fp q = x * pp;
    Fp v = y * ppp;
    finish(r, ppp, q, v);
    zz = zz * pp;
    zzz = zzz * ppp;
  }

  DEVICE_CALL void add(const Xyzz& b) {
    if (b.is_infinity()) return;
    if (is_infinity()) {
      *this = b;
      return;
    }
    Fp u = x * b.zz;
    Fp p = b.x * zz - u;
    Fp s = y * b.zzz;
    Fp r = b.y * zzz - s;
    if (p.is_zero()) {
      if (r.is_zero()) {
        twice();
      } else {
        *this = infinity();
      }
      return;
    }
    Fp pp = square(p);
    Fp ppp = p * pp;
    Fp q = u * pp;
    Fp v = s * ppp;
    finish(r, ppp, q, v);
    zz = zz * b.zz * pp;
    zzz = zzz * b.zzz * ppp;
  }

  // times·this, for a small integer.
  DEVICE_CALL Xyzz times(u32 factor) const {
    Xyzz r = infinity();
    LOOP for (u32 bit = 1u << 31; bit != 0; bit >>= 1) {
      r.twice();
      if (factor & bit) r.add(*this);
    }
    return r;
  }

  // With one inversion.
  DEVICE Affine affine() const {
    Fp i = inverse(zzz);
    Fp z = zz * i;
    return {x * square(z), y * i};
  }
};
