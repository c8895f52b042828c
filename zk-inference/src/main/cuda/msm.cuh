// Multi-scalar multiplication by Pippenger's buckets. Scalars are cut into windows of signed digits; the digits are sorted by bucket (count, scan, place); the
// sorted list is cut into runs of equal length, one a thread, whatever the buckets in it: so a bucket with every scalar in it costs no more than any
// other. What a run shares with its neighbours is added up in further, ever shorter, lists of the same kind.
#pragma once

#include "curve.cuh"
#include "reduce.cuh"

constexpr u32 POINTS_BLOCK = 128;
constexpr u32 SCAN = 4096;  // counts that a block scans
constexpr u32 NONE = 0xffffffffu;

KERNEL(BLOCK) points_pack(u64* x, u32 xs, u64* y, u32 ys, Affine* points, u32 n) {
  u32 i = global_thread();
  if (i < n) points[i] = {FpVector{x, xs}[i], FpVector{y, ys}[i]};
}

KERNEL(BLOCK) points_unpack(const Affine* points, u64* x, u32 xs, u64* y, u32 ys, u32 n) {
  u32 i = global_thread();
  if (i >= n) return;
  FpVector{x, xs}.set(i, points[i].x);
  FpVector{y, ys}.set(i, points[i].y);
}

KERNEL(POINTS_BLOCK) points_double(const Affine* points, Affine* out, u32 n, u32 doublings) {
  u32 i = global_thread();
  if (i >= n) return;
  Xyzz sum = Xyzz::infinity();
  sum.add(points[i], false);
  LOOP for (u32 k = 0; k < doublings; k++) sum.twice();
  out[i] = sum.affine();
}

// A part of a sum: scalars, and which bases they are for.
struct Segment {
  const void* scalars;
  const u32* indices;
  u32 stride;
  u32 size;
  u32 first;  // scalars of the segments before
  u32 output;
  u32 kind;  // 0: elements, 1: i64, 2: i32, 3: i8
  u32 offset;
  u64 unused;
};

struct Windows {
  u32 width;
  u32 count;
  u32 sets;
};

// The signed digits of one scalar, from the lowest window up: a digit above half the range borrows from the next one.
struct Scalar {
  u32 v[WORDS + 1];
  u32 base;
  u32 output;
  bool negative;
  u32 carry;

  DEVICE void load(const Segment* segments, u32 count, u32 i, u32 bases) {
    UNROLL for (int j = 0; j <= WORDS; j++) v[j] = 0;
    base = 0;
    output = 0;
    negative = false;
    carry = 0;
    u32 k = 0;
    LOOP while (k + 1 < count && i >= segments[k + 1].first) k++;
    const Segment& s = segments[k];
    u32 at = i - s.first;
    if (at >= s.size) return;
    base = s.offset + (s.indices ? s.indices[at] : at);
    if (base >= bases) return;
    output = s.output;
    if (s.kind == 0) {
      Fr integer = to_integer(FrVector{(u64*)s.scalars, s.stride}[at]);
      UNROLL for (int j = 0; j < WORDS; j++) v[j] = integer.v[j];
    } else {
      i64 value = s.kind == 1 ? ((const i64*)s.scalars)[at] : s.kind == 2 ? ((const i32*)s.scalars)[at] : ((const i8*)s.scalars)[at];
      negative = value < 0;
      u64 magnitude = negative ? 0 - (u64)value : (u64)value;
      v[0] = (u32)magnitude;
      v[1] = (u32)(magnitude >> 32);
    }
  }

  // The next digit. The scalar is shifted down by a window, so that nothing is addressed by a variable.
  DEVICE i32 next(u32 width) {
    u32 digit = (v[0] & ((1u << width) - 1)) + carry;
    UNROLL for (int j = 0; j < WORDS; j++) v[j] = v[j] >> width | v[j + 1] << (32 - width);
    carry = digit > 1u << (width - 1);
    i32 value = (i32)digit - (i32)(carry << width);
    return negative ? -value : value;
  }
};

// Bucket |d| of window w counts as its set's |d|-th.
DEVICE u32 bucket_key(const Windows& windows, u32 output, u32 w, i32 digit) {
  if (digit == 0) return NONE;
  u32 magnitude = digit < 0 ? -digit : digit;
  return ((output * windows.sets + w % windows.sets) << (windows.width - 1)) + magnitude - 1;
}

KERNEL(BLOCK)
msm_count(const Segment* segments, u32 count, u32 scalars, u32 bases, u32 width, u32 windows, u32 sets, u32* counts, u32* totals, u64* list) {
  u32 i = global_thread();
  u32 lane = threadIdx.x % 32;
  Windows shape{width, windows, sets};
  Scalar scalar;
  scalar.load(segments, i < scalars ? count : 0, i < scalars ? i : 0, i < scalars ? bases : 0);
  LOOP for (u32 w = 0; w < windows; w++) {
    u32 key = bucket_key(shape, scalar.output, w, scalar.next(width));
    // One addition for all lanes with this bucket.
    u32 peers = match_any(key);
    if (key != NONE && lane == lowest_bit(peers)) fetch_add(counts + key, count_bits(peers));
  }
}

// An entry of the list: its bucket in the high half; sign and base, of whatever level, in the low one.
KERNEL(BLOCK)
msm_place(const Segment* segments, u32 count, u32 scalars, u32 bases, u32 width, u32 windows, u32 sets, u32* counts, u32* totals, u64* list) {
  u32 i = global_thread();
  u32 lane = threadIdx.x % 32;
  Windows shape{width, windows, sets};
  Scalar scalar;
  scalar.load(segments, i < scalars ? count : 0, i < scalars ? i : 0, i < scalars ? bases : 0);
  LOOP for (u32 w = 0; w < windows; w++) {
    i32 digit = scalar.next(width);
    u32 key = bucket_key(shape, scalar.output, w, digit);
    u32 peers = match_any(key);
    u32 leader = lowest_bit(peers);
    u32 at = 0;
    if (key != NONE && lane == leader) at = totals[key / SCAN] + fetch_add(counts + key, count_bits(peers));
    at = shuffle(at, leader) + count_bits(peers & ((1u << lane) - 1));
    if (key != NONE) list[at] = (u64)key << 32 | (digit < 0 ? 0x80000000u : 0) | (w / sets * bases + scalar.base);
  }
}

// Exclusive sums over the block, and the total.
DEVICE u32 block_scan(u32 value, u32& total) {
  __shared__ u32 sums[BLOCK];
  sums[threadIdx.x] = value;
  sync_block();
  LOOP for (u32 d = 1; d < BLOCK; d <<= 1) {
    u32 below = threadIdx.x >= d ? sums[threadIdx.x - d] : 0;
    sync_block();
    sums[threadIdx.x] += below;
    sync_block();
  }
  u32 out = sums[threadIdx.x] - value;
  total = sums[BLOCK - 1];
  sync_block();
  return out;
}

// Exclusive sums of the counts within each 4,096, of the 4,096s, and the total of all at the end of these.
KERNEL(BLOCK) msm_scan(u32* counts, u32 keys, u32* totals, u64* scratch) {
  constexpr u32 EACH = SCAN / BLOCK;
  u32 from = blockIdx.x * SCAN + threadIdx.x * EACH;
  u32 sum = 0;
  LOOP for (u32 k = from; k < from + EACH && k < keys; k++) sum += counts[k];
  u32 total;
  u32 before = block_scan(sum, total);
  LOOP for (u32 k = from; k < from + EACH && k < keys; k++) {
    u32 count = counts[k];
    counts[k] = before;
    before += count;
  }
  if (threadIdx.x == 0) totals[blockIdx.x] = total;
  if (!last_block((u32*)scratch, gridDim.x)) return;
  u32 base = 0;
  LOOP for (u32 first = 0; first < gridDim.x; first += BLOCK) {
    u32 b = first + threadIdx.x;
    u32 exclusive = block_scan(b < gridDim.x ? load_shared_by_blocks(totals + b) : 0, total);
    if (b < gridDim.x) totals[b] = base + exclusive;
    base += total;
  }
  if (threadIdx.x == 0) totals[gridDim.x] = base;
}

// A run of a list sorted by bucket. A bucket whose entries all lie in the run is done. Otherwise the first bucket of the run and the last each leave what
// they have; a bucket is done in just one place, and what is left of it elsewhere is infinity. So the list of what is left is sorted too, and twice as long as there are runs.
struct Run {
  Xyzz* buckets;
  u32* keys;
  Xyzz* sums;
  u32 current;
  bool whole;  // the current bucket begins in this run
  bool first;  // it is the run's first
  Xyzz sum;

  DEVICE void begin(u32 key, bool begins) {
    current = key;
    whole = begins;
    first = true;
    sum = Xyzz::infinity();
    keys[0] = key;
  }
  DEVICE void change(u32 key) {
    if (key == current) return;
    done(whole);
    first = false;
    whole = true;
    current = key;
    sum = Xyzz::infinity();
  }
  // The current bucket has no more entries in this run.
  DEVICE void done(bool complete) {
    if (complete && !sum.is_infinity()) buckets[current] = sum;
    if (first) sums[0] = complete ? Xyzz::infinity() : sum;
  }
  DEVICE void end(bool ends) {
    bool complete = whole && ends;
    done(complete);
    keys[1] = current;
    sums[1] = complete || first ? Xyzz::infinity() : sum;
  }
};

KERNEL(POINTS_BLOCK) msm_accumulate(const Affine* points, const u64* list, const u32* total, u32 length, Xyzz* buckets, u32* keys, Xyzz* sums) {
  u64 n = *total;
  u64 chunk = global_thread();
  u64 from = chunk * length;
  if (from >= n) return;
  u64 to = from + length < n ? from + length : n;
  Run run;
  run.buckets = buckets;
  run.keys = keys + 2 * chunk;
  run.sums = sums + 2 * chunk;
  u32 key = (u32)(list[from] >> 32);
  run.begin(key, from == 0 || (u32)(list[from - 1] >> 32) != key);
  LOOP for (u64 i = from; i < to; i++) {
    u64 entry = list[i];
    run.change((u32)(entry >> 32));
    run.sum.add(points[(u32)entry & 0x7fffffffu], (u32)entry >> 31);
  }
  run.end(to == n || (u32)(list[to] >> 32) != run.current);
}

KERNEL(POINTS_BLOCK)
msm_merge(const u32* total, u32 length, u32 merge, u32 level, const u32* keys, const Xyzz* sums, Xyzz* buckets, u32* out_keys, Xyzz* out_sums) {
  u64 n = 2 * (((u64)*total + length - 1) / length);
  LOOP for (u32 k = 1; k < level; k++) n = 2 * ((n + merge - 1) / merge);
  u64 chunk = global_thread();
  u64 from = chunk * merge;
  if (from >= n) return;
  u64 to = from + merge < n ? from + merge : n;
  Run run;
  run.buckets = buckets;
  run.keys = out_keys + 2 * chunk;
  run.sums = out_sums + 2 * chunk;
  run.begin(keys[from], from == 0 || keys[from - 1] != keys[from]);
  LOOP for (u64 i = from; i < to; i++) {
    run.change(keys[i]);
    run.sum.add(sums[i]);
  }
  run.end(to == n || keys[to] != run.current);
}

// The sum over the block of 128 threads, for thread 0.
DEVICE void block_sum(Xyzz& sum) {
  __shared__ Xyzz sums[POINTS_BLOCK / 2];
  LOOP for (u32 half = POINTS_BLOCK / 2; half > 0; half >>= 1) {
    if (threadIdx.x >= half && threadIdx.x < 2 * half) sums[threadIdx.x - half] = sum;
    sync_block();
    if (threadIdx.x < half) sum.add(sums[threadIdx.x]);
    sync_block();
  }
}

// Σ_b (b + 1)·bucket_b of set grid.y: each thread has a stretch of buckets, from the highest down, with running sums of them and of the sums; a stretch that begins
// at bucket s counts s times its plain sum more.
KERNEL(POINTS_BLOCK) msm_reduce(const Xyzz* buckets, u32 count, u32 each, Xyzz* stretches, u32* counters, Xyzz* sums) {
  const Xyzz* set = buckets + (u64)blockIdx.y * count;
  u64 from = (u64)global_thread() * each;
  u64 to = from + each < count ? from + each : count;
  Xyzz plain = Xyzz::infinity();
  Xyzz sum = Xyzz::infinity();
  if (from < to) {
    LOOP for (u64 b = to; b > from; b--) {
      plain.add(set[b - 1]);
      sum.add(plain);
    }
    if (from > 0) sum.add(plain.times((u32)from));
  }
  block_sum(sum);
  if (gridDim.x > 1) {
    Xyzz* of_set = stretches + (u64)blockIdx.y * gridDim.x;
    if (threadIdx.x == 0) of_set[blockIdx.x] = sum;
    if (!last_block(counters + blockIdx.y, gridDim.x)) return;
    sum = Xyzz::infinity();
    LOOP for (u32 b = threadIdx.x; b < gridDim.x; b += POINTS_BLOCK) {
      const u64* at = (const u64*)(of_set + b);
      sum.add(Xyzz{load_shared_by_blocks<FpModulus>(at), load_shared_by_blocks<FpModulus>(at + 4), load_shared_by_blocks<FpModulus>(at + 8),
                   load_shared_by_blocks<FpModulus>(at + 12)});
    }
    block_sum(sum);
  }
  if (threadIdx.x == 0) sums[blockIdx.y] = sum;
}

// Σ_s 2^(width·s)·sum_s of each output, by doubling from the highest set down.
KERNEL(POINTS_BLOCK) msm_combine(const Xyzz* sums, u32 outputs, u32 sets, u32 width, Xyzz* out) {
  u32 o = global_thread();
  if (o >= outputs) return;
  Xyzz total = sums[(u64)o * sets + sets - 1];
  LOOP for (u32 s = sets - 1; s > 0; s--) {
    LOOP for (u32 k = 0; k < width; k++) total.twice();
    total.add(sums[(u64)o * sets + s - 1]);
  }
  out[o] = total;
}
