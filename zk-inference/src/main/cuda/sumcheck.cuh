// Rounds of the three sumchecks. A round binds the variable before, writes what is left, and sums up the next round's polynomial on the way: every vector is
// read once a round.
#pragma once

#include "vectors.cuh"

// Products a·b of a round, pairs of them dealt to threads one product after the other.
struct Products {
  struct Product {
    u64* a;
    u64* b;
    u64* folded_a;
    u64* folded_b;
    u32 a_stride;
    u32 b_stride;
    u32 folded_a_stride;
    u32 folded_b_stride;
    u32 size;   // before the fold
    u32 first;  // pairs of the products before
    Word4 scale;
    u64 unused;
  } product[MAX_TERMS];
  u32 count;
  u32 pairs;
};

constexpr u32 FORM = 1;

// What a product of single elements, with no variable left of its own, adds: beyond its variables a vector is v·(1-X), and a form constant.
DEVICE void add_single(Fr (&sums)[3], const Fr& a, const Fr& b, u32 extension) {
  Fr c = a * b;
  sums[0] = sums[0] + c;
  if (extension != FORM) sums[1] = sums[1] + c;
}

DEVICE void add_pair(Fr (&sums)[3], const Fr& a0, const Fr& a1, const Fr& b0, const Fr& b1) {
  sums[0] = sums[0] + a0 * b0;
  sums[1] = sums[1] + (a1 - a0) * (b1 - b0);
}

KERNEL(BLOCK) product_round(PARAMETER Products products, u32 fold, u32 extension, Word4 challenge, u64* scratch, u64* out) {
  Fr r = challenge.fr();
  Fr total[3] = {Fr::zero(), Fr::zero(), Fr::zero()};
  u64 index = global_thread();
  LOOP for (u32 k = 0; k < products.count; k++) {
    const auto& p = products.product[k];
    u64 end = k + 1 < products.count ? products.product[k + 1].first : products.pairs;
    if (index >= end) continue;
    FrVector a{p.a, p.a_stride};
    FrVector b{p.b, p.b_stride};
    FrVector fa{p.folded_a, p.folded_a_stride};
    FrVector fb{p.folded_b, p.folded_b_stride};
    Fr sums[3] = {Fr::zero(), Fr::zero(), Fr::zero()};
    LOOP for (; index < end; index += (u64)gridDim.x * BLOCK) {
      u32 i = (u32)(index - p.first);
      if (!fold) {
        if (p.size == 1) {
          add_single(sums, a[0], b[0], extension);
        } else {
          Fr a1 = a[2 * i + 1];
          Fr b1 = b[2 * i + 1];
          sums[2] = sums[2] + a1 * b1;
          add_pair(sums, a[2 * i], a1, b[2 * i], b1);
        }
      } else if (p.size <= 2) {
        Fr a0 = p.size == 2 ? bound(a[0], a[1], r) : extension == FORM ? a[0] : bound(a[0], Fr::zero(), r);
        Fr b0 = p.size == 2 ? bound(b[0], b[1], r) : bound(b[0], Fr::zero(), r);
        fa.set(0, a0);
        fb.set(0, b0);
        add_single(sums, a0, b0, extension);
      } else {
        Fr a0 = bound(a[4 * i], a[4 * i + 1], r);
        Fr a1 = bound(a[4 * i + 2], a[4 * i + 3], r);
        fa.set(2 * i, a0);
        fa.set(2 * i + 1, a1);
        Fr b0 = bound(b[4 * i], b[4 * i + 1], r);
        Fr b1 = bound(b[4 * i + 2], b[4 * i + 3], r);
        fb.set(2 * i, b0);
        fb.set(2 * i + 1, b1);
        add_pair(sums, a0, a1, b0, b1);
      }
    }
    Fr scale = p.scale.fr();
    UNROLL for (int j = 0; j < 3; j++) total[j] = total[j] + sums[j] * scale;
  }
  grid_sum(total, scratch, out);
}

// Vectors of the sumcheck on bits, each followed by where it goes when folded.
struct BitVectors {
  struct Place {
    u64* limbs;
    u64 stride;

    DEVICE FrVector vector() const { return {limbs, (u32)stride}; }
  } weight, folded_weight, b, folded_b, s, folded_s, t, folded_t, a, folded_a;
};

constexpr u32 FOLD = 1;
constexpr u32 NEURONS = 2;
constexpr u32 FOLD_NEURONS = 4;

// The two elements of pair i, after a fold if there is one.
DEVICE void pair(const FrVector& v, const FrVector& folded, u32 i, bool fold, const Fr& r, Fr& low, Fr& high) {
  if (fold) {
    low = bound(v[4 * i], v[4 * i + 1], r);
    high = bound(v[4 * i + 2], v[4 * i + 3], r);
    folded.set(2 * i, low);
    folded.set(2 * i + 1, high);
  } else {
    low = v[2 * i];
    high = v[2 * i + 1];
  }
}

// Coefficients 1 and 2 of Σ w·(b² - b) + δ·w·(s·t - a): with b = b0 + d·X these are d·(2·b0 - 1) and d²; and s0·dt + ds·t0 - da and ds·dt.
KERNEL(BLOCK) bit_round(PARAMETER BitVectors v, u32 pairs, u32 mode, Word4 challenge, Word4 factor, u64* scratch, u64* out) {
  Fr r = challenge.fr();
  Fr delta = factor.fr();
  Fr sums[2] = {Fr::zero(), Fr::zero()};
  LOOP for (u64 index = global_thread(); index < pairs; index += (u64)gridDim.x * BLOCK) {
    u32 i = (u32)index;
    Fr weight;
    if (mode & FOLD) {
      weight = v.weight.vector()[2 * i] + v.weight.vector()[2 * i + 1];
      v.folded_weight.vector().set(i, weight);
    } else {
      weight = v.weight.vector()[i];
    }
    Fr low;
    Fr high;
    pair(v.b.vector(), v.folded_b.vector(), i, mode & FOLD, r, low, high);
    Fr d = high - low;
    Fr linear = d * (twice(low) - Fr::one());
    Fr square = d * d;
    if (mode & NEURONS) {
      bool fold = mode & FOLD_NEURONS;
      Fr s0;
      Fr ds;
      pair(v.s.vector(), v.folded_s.vector(), i, fold, r, s0, ds);
      ds = ds - s0;
      Fr t0;
      Fr dt;
      pair(v.t.vector(), v.folded_t.vector(), i, fold, r, t0, dt);
      dt = dt - t0;
      Fr a0;
      Fr a1;
      pair(v.a.vector(), v.folded_a.vector(), i, fold, r, a0, a1);
      linear = linear + delta * (s0 * dt + ds * t0 - (a1 - a0));
      square = square + delta * (ds * dt);
    }
    sums[0] = sums[0] + weight * linear;
    sums[1] = sums[1] + weight * square;
  }
  grid_sum(sums, scratch, out);
}
