// The opening: parts of polynomials at a point, and division by X^d - z.
#pragma once

#include "vectors.cuh"

// Part i of a polynomial is Σ_k c[radix·k + i]·z^k. Threads are dealt to the parts in turn, so that a warp reads coefficients side by side; each runs
// Horner's rule over every J-th of its part, with z^J. The radix of a term stands in the place of its factor.
KERNEL(BLOCK) fr_parts(PARAMETER Terms terms, Word4 at, u64* scratch, u64* out) {
  __shared__ Fr warps[WARPS][8];
  const auto& term = terms.term[blockIdx.y];
  u32 radix = (u32)term.scale.limbs[0];
  u32 part = threadIdx.x % radix;
  u32 start = global_thread() / radix;
  u32 step = gridDim.x * (BLOCK / radix);
  u32 length = term.size / radix;
  Fr z = at.fr();
  FrVector c = term.vector();
  Fr sum = Fr::zero();
  if (start < length) {
    Fr jump = power(z, step);
    u32 k = start + (length - 1 - start) / step * step;
    LOOP for (;; k -= step) {
      sum = sum * jump + c[radix * k + part];
      if (k == start) break;
    }
    sum = sum * power(z, start);
  }

  LOOP for (u32 d = 16; d >= radix; d >>= 1) sum = sum + shuffle_down(sum, d);
  if (threadIdx.x % 32 < radix) warps[threadIdx.x / 32][part] = sum;
  sync_block();
  u64* partials = scratch + COUNTERS + 32 * (u64)blockIdx.y * gridDim.x;
  u32 first = 0;
  LOOP for (u32 k = 0; k < blockIdx.y; k++) first += (u32)terms.term[k].scale.limbs[0];
  if (threadIdx.x < radix) {
    LOOP for (u32 w = 1; w < WARPS; w++) sum = sum + warps[w][part];
    store(gridDim.x == 1 ? out + 4 * (first + part) : partials + 4 * (8 * blockIdx.x + part), sum);
    fence();
  }
  if (gridDim.x == 1 || !last_block((u32*)scratch + blockIdx.y, gridDim.x)) return;
  if (threadIdx.x < radix) {
    sum = Fr::zero();
    LOOP for (u32 b = 0; b < gridDim.x; b++) sum = sum + load_shared_by_blocks<FrModulus>(partials + 4 * (8 * b + part));
    store(out + 4 * (first + part), sum);
  }
}

// o[i] = c[i] + z·o[i + degree], for i < n, is a recurrence from the top down in each residue class. It is cut into stretches. A stretch's value at its
// lowest element, as if nothing came from above, is its head; the last block turns the heads into what does come from above.
struct Division {
  FrVector c;
  u32 n;
  u32 degree;
  u32 stretch;
  u32 stretches;

  // Runs over stretch j of a class from the top; gives the value at its lowest element.
  template <class Step>
  DEVICE Fr run(u32 j, u32 residue, Fr carry, const Fr& z, Step step) const {
    u32 length = residue < n ? (n - residue + degree - 1) / degree : 0;
    u32 from = j * stretch;
    u32 to = from + stretch < length ? from + stretch : length;
    LOOP for (u32 k = to; k > from; k--) {
      u32 i = residue + degree * (k - 1);
      carry = carry * z + c[i];
      step(i, carry);
    }
    return carry;
  }
};

KERNEL(BLOCK) fr_divide_carry(u64* c, u32 cs, u32 n, u32 degree, u32 stretch, u32 stretches, Word4 root, u64* scratch) {
  __shared__ Fr runs[BLOCK];
  Division division{{c, cs}, n, degree, stretch, stretches};
  u64* heads = scratch + COUNTERS;
  Fr z = root.fr();
  u32 t = global_thread();
  if (t < stretches * degree) {
    store(heads + 4 * (u64)t, division.run(t / degree, t % degree, Fr::zero(), z, [](u32, const Fr&) {}));
    fence();
  }
  if (!last_block((u32*)scratch, gridDim.x)) return;

  // Each thread takes a run of stretches of one class; runs are joined by a scan with z^(stretch·run), its square, and so on.
  u32 residue = threadIdx.x % degree;
  u32 run = threadIdx.x / degree;
  u32 threads = BLOCK / degree;
  u32 share = (stretches + threads - 1) / threads;
  Fr jump = power(z, stretch);
  Fr sum = Fr::zero();
  LOOP for (u32 m = share; m > 0; m--) {
    u32 j = run * share + m - 1;
    sum = sum * jump;
    if (j < stretches) sum = sum + load_shared_by_blocks<FrModulus>(heads + 4 * ((u64)j * degree + residue));
  }
  runs[threadIdx.x] = sum;
  sync_block();
  Fr factor = power(jump, share);
  LOOP for (u32 d = 1; d < threads; d <<= 1) {
    Fr above = run + d < threads ? runs[threadIdx.x + d * degree] : Fr::zero();
    sync_block();
    runs[threadIdx.x] = runs[threadIdx.x] + factor * above;
    sync_block();
    factor = square(factor);
  }
  Fr carry = run + 1 < threads ? runs[threadIdx.x + degree] : Fr::zero();
  LOOP for (u32 m = share; m > 0; m--) {
    u32 j = run * share + m - 1;
    if (j < stretches) {
      u64* at = heads + 4 * ((u64)j * degree + residue);
      Fr head = load_shared_by_blocks<FrModulus>(at);
      store(at, carry);
      carry = carry * jump + head;
    }
  }
}

KERNEL(BLOCK) fr_divide(u64* c, u32 cs, u32 n, u32 degree, u32 stretch, u32 stretches, Word4 root, u64* scratch, u64* out, u32 os) {
  u32 t = global_thread();
  if (t >= stretches * degree) return;
  Division division{{c, cs}, n, degree, stretch, stretches};
  FrVector quotient{out, os};
  Fr carry = load_shared_by_blocks<FrModulus>(scratch + COUNTERS + 4 * (u64)t);
  division.run(t / degree, t % degree, carry, root.fr(), [&](u32 i, const Fr& value) { quotient.set(i, value); });
}
