// What the kernels need of the machine: 32-bit multiply-adds with carries, shuffles, atomics. nvcc compiles the PTX below; any other C++17 compiler takes
// host.cuh, which runs the same kernels on a CPU for the tests.
#pragma once

#include <cstdint>

using u8 = uint8_t;
using u32 = uint32_t;
using u64 = uint64_t;
using i8 = int8_t;
using i16 = int16_t;
using i32 = int32_t;
using i64 = int64_t;

#ifndef __CUDACC__
#include "host.cuh"
#else

#define DEVICE __device__ __forceinline__
// Long and seldom on the critical path: once in the module instead of at every use.
#define DEVICE_CALL __device__ __noinline__
#define KERNEL(threads) extern "C" __global__ void __launch_bounds__(threads)
#define PARAMETER const __grid_constant__
#define UNROLL _Pragma("unroll")
#define LOOP _Pragma("unroll 1")

// The carry flag lives from one of these to the next: they are volatile, so they stay in order, and nothing else that the compiler emits touches it.
DEVICE u32 add_cc(u32 a, u32 b) {
  u32 r;
  asm volatile("add.cc.u32 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b));
  return r;
}
DEVICE u32 addc_cc(u32 a, u32 b) {
  u32 r;
  asm volatile("addc.cc.u32 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b));
  return r;
}
DEVICE u32 addc(u32 a, u32 b) {
  u32 r;
  asm volatile("addc.u32 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b));
  return r;
}
DEVICE u32 sub_cc(u32 a, u32 b) {
  u32 r;
  asm volatile("sub.cc.u32 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b));
  return r;
}
DEVICE u32 subc_cc(u32 a, u32 b) {
  u32 r;
  asm volatile("subc.cc.u32 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b));
  return r;
}
DEVICE u32 subc(u32 a, u32 b) {
  u32 r;
  asm volatile("subc.u32 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b));
  return r;
}
DEVICE u32 mul_lo(u32 a, u32 b) { return a * b; }
DEVICE u32 mul_hi(u32 a, u32 b) { return __umulhi(a, b); }
DEVICE u32 mad_lo_cc(u32 a, u32 b, u32 c) {
  u32 r;
  asm volatile("mad.lo.cc.u32 %0, %1, %2, %3;" : "=r"(r) : "r"(a), "r"(b), "r"(c));
  return r;
}
DEVICE u32 madc_lo_cc(u32 a, u32 b, u32 c) {
  u32 r;
  asm volatile("madc.lo.cc.u32 %0, %1, %2, %3;" : "=r"(r) : "r"(a), "r"(b), "r"(c));
  return r;
}
DEVICE u32 madc_hi_cc(u32 a, u32 b, u32 c) {
  u32 r;
  asm volatile("madc.hi.cc.u32 %0, %1, %2, %3;" : "=r"(r) : "r"(a), "r"(b), "r"(c));
  return r;
}
DEVICE u32 madc_hi(u32 a, u32 b, u32 c) {
  u32 r;
  asm volatile("madc.hi.u32 %0, %1, %2, %3;" : "=r"(r) : "r"(a), "r"(b), "r"(c));
  return r;
}

DEVICE void sync_block() { __syncthreads(); }

// A value of another lane of the warp; all lanes take part.
template <class T>
DEVICE T shuffle_down(const T& value, u32 distance) {
  static_assert(sizeof(T) % 4 == 0, "whole words");
  T out;
  const u32* from = reinterpret_cast<const u32*>(&value);
  u32* to = reinterpret_cast<u32*>(&out);
  UNROLL for (u32 i = 0; i < sizeof(T) / 4; i++) to[i] = __shfl_down_sync(0xffffffffu, from[i], distance);
  return out;
}
DEVICE u32 shuffle(u32 value, u32 lane) { return __shfl_sync(0xffffffffu, value, lane); }
DEVICE u32 match_any(u32 value) { return __match_any_sync(0xffffffffu, value); }
DEVICE u32 count_bits(u32 value) { return __popc(value); }
DEVICE u32 lowest_bit(u32 value) { return __ffs(value) - 1; }

DEVICE u32 fetch_add(u32* at, u32 value) { return atomicAdd(at, value); }
DEVICE void fence() { __threadfence(); }

// Reads past the first-level cache: for what other blocks of the same launch wrote.
DEVICE u64 load_shared_by_blocks(const u64* at) { return __ldcg(reinterpret_cast<const unsigned long long*>(at)); }
DEVICE u32 load_shared_by_blocks(const u32* at) { return __ldcg(at); }

#endif
