// Sums over a launch: each block leaves a partial sum, the last block to finish adds them up.
#pragma once

#include "field.cuh"

constexpr u32 BLOCK = 256;
constexpr u32 WARPS = BLOCK / 32;
constexpr u32 COUNTERS = 512;  // 64-bit words of counters at the start of a scratch

DEVICE u32 global_thread() { return blockIdx.x * blockDim.x + threadIdx.x; }

// Whether this block is the last of `blocks` to come here. What the blocks wrote before is then visible to it. Leaves the counter at zero.
DEVICE bool last_block(u32* counter, u32 blocks) {
  __shared__ u32 last;
  sync_block();
  if (threadIdx.x == 0) {
    fence();
    last = fetch_add(counter, 1) == blocks - 1;
    if (last) *counter = 0;
    fence();
  }
  sync_block();
  return last;
}

// Sums over the block of 256 threads, for thread 0.
template <int K>
DEVICE void block_sum(Fr (&sums)[K]) {
  __shared__ Fr warps[WARPS][K];
  UNROLL for (int k = 0; k < K; k++) {
    LOOP for (u32 d = 16; d > 0; d >>= 1) sums[k] = sums[k] + shuffle_down(sums[k], d);
    if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32][k] = sums[k];
  }
  sync_block();
  if (threadIdx.x < 32) {
    UNROLL for (int k = 0; k < K; k++) {
      sums[k] = threadIdx.x < WARPS ? warps[threadIdx.x][k] : Fr::zero();
      LOOP for (u32 d = WARPS / 2; d > 0; d >>= 1) sums[k] = sums[k] + shuffle_down(sums[k], d);
    }
  }
  sync_block();
}

// Sums over all blocks of a one-dimensional launch, to out.
template <int K>
DEVICE void grid_sum(Fr (&sums)[K], u64* scratch, u64* out) {
  block_sum(sums);
  if (gridDim.x > 1) {
    u64* partials = scratch + COUNTERS;
    if (threadIdx.x == 0) {
      UNROLL for (int k = 0; k < K; k++) store(partials + 4 * (blockIdx.x * K + k), sums[k]);
    }
    if (!last_block((u32*)scratch, gridDim.x)) return;
    UNROLL for (int k = 0; k < K; k++) {
      sums[k] = Fr::zero();
      LOOP for (u32 b = threadIdx.x; b < gridDim.x; b += BLOCK) {
        sums[k] = sums[k] + load_shared_by_blocks<FrModulus>(partials + 4 * (b * K + k));
      }
    }
    block_sum(sums);
  }
  if (threadIdx.x == 0) {
    UNROLL for (int k = 0; k < K; k++) store(out + 4 * k, sums[k]);
  }
}
