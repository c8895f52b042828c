// Vectors over the fields.
#pragma once

#include "reduce.cuh"

constexpr u32 MAX_TERMS = 32;

// Vectors with a factor each.
struct Terms {
  struct Term {
    u64* limbs;
    u32 stride;
    u32 size;
    Word4 scale;

    DEVICE FrVector vector() const { return {limbs, stride}; }
  } term[MAX_TERMS];
  u64 count;
};

struct Point {
  Word4 coordinate[32];
};

template <class M>
DEVICE void binary(u32 op, Vector<M> a, Vector<M> b, Vector<M> out, u32 n) {
  u32 i = global_thread();
  if (i >= n) return;
  auto x = a[i];
  auto y = b[i];
  out.set(i, op == 0 ? x + y : op == 1 ? x - y : x * y);
}

KERNEL(BLOCK) fr_binary(u32 op, u64* a, u32 as, u64* b, u32 bs, u64* out, u32 os, u32 n) { binary(op, FrVector{a, as}, FrVector{b, bs}, FrVector{out, os}, n); }

KERNEL(BLOCK) fp_binary(u32 op, u64* a, u32 as, u64* b, u32 bs, u64* out, u32 os, u32 n) { binary(op, FpVector{a, as}, FpVector{b, bs}, FpVector{out, os}, n); }

// Montgomery's trick over every threads-th element: out first holds the products of what came before, then the inverse of everything is taken apart again.
template <class M>
DEVICE void invert(Vector<M> a, Vector<M> out, u32 n, u32 threads) {
  u32 t = global_thread();
  if (t >= threads || t >= n) return;
  auto product = Element<M>::one();
  u32 i = t;
  LOOP for (;; i += threads) {
    out.set(i, product);
    auto x = a[i];
    if (!x.is_zero()) product = product * x;
    if (i >= n - threads || n <= threads) break;
  }
  auto rest = inverse(product);
  LOOP for (;; i -= threads) {
    auto x = a[i];
    if (x.is_zero()) {
      out.set(i, x);
    } else {
      out.set(i, out[i] * rest);
      rest = rest * x;
    }
    if (i == t) break;
  }
}

KERNEL(128) fr_invert(u64* a, u32 as, u64* out, u32 os, u32 n, u32 threads) { invert(FrVector{a, as}, FrVector{out, os}, n, threads); }

KERNEL(128) fp_invert(u64* a, u32 as, u64* out, u32 os, u32 n, u32 threads) { invert(FpVector{a, as}, FpVector{out, os}, n, threads); }

DEVICE Fr of_signed(i64 value) {
  u64 magnitude = value < 0 ? 0 - (u64)value : (u64)value;
  Fr integer = Fr::zero();
  integer.v[0] = (u32)magnitude;
  integer.v[1] = (u32)(magnitude >> 32);
  Fr element = of_integer(integer);
  return value < 0 ? negated(element) : element;
}

KERNEL(BLOCK) fr_from_integers(const i64* values, u64* out, u32 os, u32 n) {
  u32 i = global_thread();
  if (i < n) FrVector{out, os}.set(i, of_signed(values[i]));
}

KERNEL(BLOCK) fr_gather(PARAMETER Terms terms, u32 n, u64* out) {
  u32 i = global_thread();
  if (i >= n) return;
  u32 at = i;
  LOOP for (u32 k = 0; k < terms.count; k++) {
    if (at < terms.term[k].size) {
      store(out + 4 * (u64)i, terms.term[k].vector()[at]);
      return;
    }
    at -= terms.term[k].size;
  }
}

KERNEL(BLOCK) fr_combine(PARAMETER Terms terms, u64* out, u32 os, u32 n, u32 add) {
  u32 i = global_thread();
  if (i >= n) return;
  FrVector target{out, os};
  Fr sum = add ? target[i] : Fr::zero();
  LOOP for (u32 k = 0; k < terms.count; k++) {
    if (i < terms.term[k].size) sum = sum + terms.term[k].vector()[i] * terms.term[k].scale.fr();
  }
  target.set(i, sum);
}

KERNEL(BLOCK) fr_add_outer(u64* target, u32 ts, u64* left, u32 ls, u64* right, u32 rs, u32 width, u32 n, Word4 scale) {
  u32 i = global_thread();
  if (i >= n) return;
  FrVector t{target, ts};
  t.set(i, t[i] + FrVector{left, ls}[i / width] * scale.fr() * FrVector{right, rs}[i % width]);
}

// A block has 1,024 elements. The variables above are the same for all of them; those below double a table up.
KERNEL(BLOCK) fr_eq(PARAMETER Point point, u32 variables, Word4 scale, u64* out, u32 os, u32 add) {
  __shared__ Fr table[1024];
  u32 low = variables < 10 ? variables : 10;
  u32 size = 1u << low;
  if (threadIdx.x == 0) {
    Fr high = scale.fr();
    LOOP for (u32 t = low; t < variables; t++) {
      Fr p = point.coordinate[t].fr();
      high = high * (blockIdx.x >> (t - low) & 1 ? p : Fr::one() - p);
    }
    table[0] = high;
  }
  sync_block();
  LOOP for (u32 t = 0; t < low; t++) {
    Fr p = point.coordinate[t].fr();
    LOOP for (u32 i = threadIdx.x; i < 1u << t; i += BLOCK) {
      Fr upper = table[i] * p;
      table[i + (1u << t)] = upper;
      table[i] = table[i] - upper;
    }
    sync_block();
  }
  FrVector target{out, os};
  LOOP for (u32 i = threadIdx.x; i < size; i += BLOCK) {
    u32 at = (blockIdx.x << low) + i;
    target.set(at, add ? target[at] + table[i] : table[i]);
  }
}

KERNEL(BLOCK) fr_scatter_add(u64* target, u32 ts, u32 size, const u32* indices, u64* values, u32 vs, u32 n, Word4 scale) {
  u32 i = global_thread();
  if (i >= n || indices[i] >= size) return;
  FrVector t{target, ts};
  t.set(indices[i], t[indices[i]] + FrVector{values, vs}[i] * scale.fr());
}

KERNEL(BLOCK) fr_sum_out(u64* v, u32 vs, u64* out, u32 os, u32 n) {
  u32 i = global_thread();
  if (i >= n) return;
  FrVector a{v, vs};
  FrVector{out, os}.set(i, a[2 * i] + a[2 * i + 1]);
}

DEVICE Fr bound(const Fr& low, const Fr& high, const Fr& r) { return low + (high - low) * r; }

KERNEL(BLOCK) fr_bind(u64* v, u32 vs, Word4 r, u64* out, u32 os, u32 n) {
  u32 i = global_thread();
  if (i >= n) return;
  FrVector a{v, vs};
  FrVector{out, os}.set(i, bound(a[2 * i], a[2 * i + 1], r.fr()));
}

struct Three {
  Word4 coordinate[3];
};

KERNEL(BLOCK) fr_fold8(u64* v, u32 vs, Three point, u64* out, u32 os, u32 n) {
  u32 i = global_thread();
  if (i >= n) return;
  FrVector a{v, vs};
  Fr x[4];
  Fr r = point.coordinate[0].fr();
  UNROLL for (int k = 0; k < 4; k++) x[k] = bound(a[8 * i + 2 * k], a[8 * i + 2 * k + 1], r);
  r = point.coordinate[1].fr();
  Fr low = bound(x[0], x[1], r);
  Fr high = bound(x[2], x[3], r);
  FrVector{out, os}.set(i, bound(low, high, point.coordinate[2].fr()));
}

KERNEL(BLOCK) fr_inner_product(u64* a, u32 as, u64* b, u32 bs, u32 n, u64* scratch, u64* out) {
  FrVector x{a, as};
  FrVector y{b, bs};
  Fr sum[1] = {Fr::zero()};
  LOOP for (u64 i = global_thread(); i < n; i += gridDim.x * BLOCK) sum[0] = sum[0] + x[i] * y[i];
  grid_sum(sum, scratch, out);
}

// 32 columns a block, the rows of its part dealt to eight warps; grid.y parts, added up by the last block of a column.
KERNEL(BLOCK) fr_vector_matrix(u64* left, u32 ls, u32 height, u64* matrix, u32 ms, u64* out, u32 os, u32 width, u64* scratch) {
  __shared__ Fr sums[WARPS][32];
  u32 lane = threadIdx.x % 32;
  u32 warp = threadIdx.x / 32;
  u32 column = blockIdx.x * 32 + lane;
  u32 part = (height + gridDim.y - 1) / gridDim.y;
  u32 from = blockIdx.y * part;
  u32 to = from + part < height ? from + part : height;
  FrVector l{left, ls};
  FrVector m{matrix, ms};
  Fr sum = Fr::zero();
  if (column < width) {
    LOOP for (u32 i = from + warp; i < to; i += WARPS) sum = sum + l[i] * m[i * width + column];
  }
  sums[warp][lane] = sum;
  sync_block();
  if (warp == 0) {
    LOOP for (u32 w = 1; w < WARPS; w++) sum = sum + sums[w][lane];
    if (column < width && gridDim.y == 1) FrVector{out, os}.set(column, sum);
    if (column < width && gridDim.y > 1) store(scratch + COUNTERS + 4 * ((u64)blockIdx.y * width + column), sum);
    // Every lane's own writes are made visible before thread 0 counts the block.
    fence();
  }
  if (gridDim.y == 1 || !last_block((u32*)scratch + blockIdx.x, gridDim.y)) return;
  if (warp == 0 && column < width) {
    sum = Fr::zero();
    LOOP for (u32 p = 0; p < gridDim.y; p++) sum = sum + load_shared_by_blocks<FrModulus>(scratch + COUNTERS + 4 * ((u64)p * width + column));
    FrVector{out, os}.set(column, sum);
  }
}
