// The model's rows, as the integers they are, and the witness.
#pragma once

#include "vectors.cuh"

DEVICE i32 entry(const void* rows, u32 bytes, u64 i) {
  return bytes == 1 ? ((const i8*)rows)[i] : bytes == 2 ? ((const i16*)rows)[i] : ((const i32*)rows)[i];
}

// Products of an integer and an element stay unreduced in ten words: a thousand rows of 31 bits leave 25 bits to spare. A negative integer takes the
// negated weight.
struct Wide {
  u32 v[WORDS + 2];

  DEVICE void add(const u32* weight, u32 integer) {
    v[0] = mad_lo_cc(weight[0], integer, v[0]);
    v[1] = madc_hi_cc(weight[0], integer, v[1]);
    UNROLL for (int j = 2; j < WORDS; j += 2) {
      v[j] = madc_lo_cc(weight[j], integer, v[j]);
      v[j + 1] = madc_hi_cc(weight[j], integer, v[j + 1]);
    }
    v[WORDS] = addc_cc(v[WORDS], 0);
    v[WORDS + 1] = addc(v[WORDS + 1], 0);
    v[1] = mad_lo_cc(weight[1], integer, v[1]);
    v[2] = madc_hi_cc(weight[1], integer, v[2]);
    UNROLL for (int j = 3; j < WORDS; j += 2) {
      v[j] = madc_lo_cc(weight[j], integer, v[j]);
      v[j + 1] = madc_hi_cc(weight[j], integer, v[j + 1]);
    }
    v[WORDS + 1] = addc(v[WORDS + 1], 0);
  }

  // low + high·2^256, each by a multiplication that divides by 2^256 again.
  DEVICE Fr reduce() const {
    Fr low;
    UNROLL for (int i = 0; i < WORDS; i++) low.v[i] = v[i];
    Fr high = Fr::zero();
    high.v[0] = v[WORDS];
    high.v[1] = v[WORDS + 1];
    return Fr::one() * low + of_integer(high);
  }
};

KERNEL(BLOCK) rows_fold(const void* rows, u32 bytes, u32 length, u32 count, u64* weights, u32 ws, u64* out, u32 os, u32 n) {
  constexpr u32 CHUNK = 64;
  __shared__ u32 weight[CHUNK][2][WORDS];
  u32 i = global_thread();
  Wide sum;
  UNROLL for (int j = 0; j < WORDS + 2; j++) sum.v[j] = 0;
  LOOP for (u32 from = 0; from < count; from += CHUNK) {
    u32 chunk = count - from < CHUNK ? count - from : CHUNK;
    sync_block();
    if (threadIdx.x < chunk) {
      Fr w = FrVector{weights, ws}[from + threadIdx.x];
      Fr m = negated(w);
      UNROLL for (int j = 0; j < WORDS; j++) {
        weight[threadIdx.x][0][j] = w.v[j];
        weight[threadIdx.x][1][j] = m.v[j];
      }
    }
    sync_block();
    if (i < n) {
      LOOP for (u32 c = 0; c < chunk; c++) {
        i32 value = entry(rows, bytes, (u64)(from + c) * length + i);
        sum.add(weight[c][value < 0], value < 0 ? 0 - (u32)value : (u32)value);
      }
    }
  }
  if (i < n) FrVector{out, os}.set(i, sum.reduce());
}

// A warp an output. Sums are exact modulo 2^64, and the import has bounded them.
KERNEL(BLOCK) dense_forward(const void* rows, u32 bytes, u32 length, u32 count, u32 weights, u32 biases, u32 width, const i64* in, i64* out, u32 n) {
  u32 lane = threadIdx.x % 32;
  u32 i = blockIdx.x * WARPS + threadIdx.x / 32;
  u64 sum = 0;
  if (i < n) {
    u64 row = (u64)(i % count) * length;
    u64 at = row + weights + (u64)(i / count) * width;
    LOOP for (u32 j = lane; j < width; j += 32) sum += (u64)(i64)entry(rows, bytes, at + j) * (u64)in[j];
    if (lane == 0) sum += (u64)(i64)entry(rows, bytes, row + biases + i / count);
  }
  UNROLL for (u32 d = 16; d > 0; d >>= 1) sum += shuffle_down(sum, d);
  if (i < n && lane == 0) out[i] = (i64)sum;
}

KERNEL(BLOCK) dense_activate(const i64* z, i64* a, u32 n, u32 shift) {
  u32 i = global_thread();
  if (i < n) a[i] = z[i] > 0 ? z[i] >> shift : 0;
}

// A thread a bit.
KERNEL(BLOCK)
witness_expand(const u32* values, const u8* shifts, u64* bits, u32 bs, u64* signs, u32 ss, u64* magnitudes, u32 ms, u64* activations, u32 as, u32 n) {
  u32 i = global_thread();
  u32 k = i / 32;
  if (k >= n) return;
  u32 value = values[k];
  bool set = value >> (i % 32) & 1;
  FrVector{bits, bs}.set(i, set ? Fr::one() : Fr::zero());
  if (i % 32 == 0) {
    bool sign = value >> 31;
    Fr magnitude = of_signed((value & 0x7fffffffu) >> (shifts[k] & 31));
    FrVector{signs, ss}.set(k, sign ? Fr::one() : Fr::zero());
    FrVector{magnitudes, ms}.set(k, magnitude);
    FrVector{activations, as}.set(k, sign ? magnitude : Fr::zero());
  }
}
