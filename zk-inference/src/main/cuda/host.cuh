// The machine that the kernels' tests run on: a CPU. A kernel runs block by block. Where its threads wait for one another, each is a fiber, and which
// runs next is up to a seed: what depends on the order shows. Shared memory is full of garbage when a block begins. A barrier that not all threads reach ends
// the process with a message.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>

#define DEVICE inline
#define DEVICE_CALL inline
#define KERNEL(threads) void
#define KERNEL_2(threads) void
#define PARAMETER const
#define UNROLL
#define LOOP
#define __shared__ static __attribute__((section("shared_memory")))

struct Dimensions {
  u32 x, y, z;
};

namespace host {
Dimensions thread, block, grid, threads;
// Waits for all threads of the block, or of the warp.
void wait_block();
void wait_warp();
// What the lanes of the current warp show each other: 64 bytes a lane.
u8* lane_slot(u32 lane);
// Lets others run first, perhaps: where an atomic operation of theirs could come in between.
void may_wait();
u32 carry = 0;
}  // namespace host

#define threadIdx (host::thread)
#define blockIdx (host::block)
#define gridDim (host::grid)
#define blockDim (host::threads)

inline u32 with_carry(u64 sum) {
  host::carry = (u32)(sum >> 32);
  return (u32)sum;
}
inline u32 with_borrow(u64 difference) {
  host::carry = (u32)(difference >> 63);
  return (u32)difference;
}
inline u32 add_cc(u32 a, u32 b) { return with_carry((u64)a + b); }
inline u32 addc_cc(u32 a, u32 b) { return with_carry((u64)a + b + host::carry); }
inline u32 addc(u32 a, u32 b) { return a + b + host::carry; }
inline u32 sub_cc(u32 a, u32 b) { return with_borrow((u64)a - b); }
inline u32 subc_cc(u32 a, u32 b) { return with_borrow((u64)a - b - host::carry); }
inline u32 subc(u32 a, u32 b) { return a - b - host::carry; }
inline u32 mul_lo(u32 a, u32 b) { return a * b; }
inline u32 mul_hi(u32 a, u32 b) { return (u32)((u64)a * b >> 32); }
inline u32 mad_lo_cc(u32 a, u32 b, u32 c) { return with_carry((u64)mul_lo(a, b) + c); }
inline u32 madc_lo_cc(u32 a, u32 b, u32 c) { return with_carry((u64)mul_lo(a, b) + c + host::carry); }
inline u32 madc_hi_cc(u32 a, u32 b, u32 c) { return with_carry((u64)mul_hi(a, b) + c + host::carry); }
inline u32 madc_hi(u32 a, u32 b, u32 c) { return mul_hi(a, b) + c + host::carry; }

inline void sync_block() { host::wait_block(); }

template <class T>
T shuffled(const T& value, u32 from) {
  static_assert(sizeof(T) <= 64, "a lane's slot");
  u32 lane = threadIdx.x % 32;
  memcpy(host::lane_slot(lane), &value, sizeof(T));
  host::wait_warp();
  T out;
  memcpy(&out, host::lane_slot(from < 32 ? from : lane), sizeof(T));
  host::wait_warp();
  return out;
}
template <class T>
T shuffle_down(const T& value, u32 distance) {
  return shuffled(value, threadIdx.x % 32 + distance);
}
inline u32 shuffle(u32 value, u32 lane) { return shuffled(value, lane); }
inline u32 match_any(u32 value) {
  memcpy(host::lane_slot(threadIdx.x % 32), &value, 4);
  host::wait_warp();
  u32 peers = 0;
  for (u32 lane = 0; lane < 32; lane++) {
    u32 other;
    memcpy(&other, host::lane_slot(lane), 4);
    peers |= (other == value ? 1u : 0u) << lane;
  }
  host::wait_warp();
  return peers;
}
inline u32 count_bits(u32 value) { return (u32)__builtin_popcount(value); }
inline u32 lowest_bit(u32 value) { return (u32)__builtin_ctz(value); }
inline u32 fetch_add(u32* at, u32 value) {
  host::may_wait();
  u32 old = *at;
  *at += value;
  host::may_wait();
  return old;
}
inline void fence() { host::may_wait(); }
inline u64 load_shared_by_blocks(const u64* at) { return *at; }
inline u32 load_shared_by_blocks(const u32* at) { return *at; }
