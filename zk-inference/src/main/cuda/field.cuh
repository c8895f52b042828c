// The two prime fields of BN254 on 32-bit words: eight of them, in Montgomery form with R = 2^256, always fully reduced.
#pragma once

#include "target.cuh"

constexpr int WORDS = 8;

// The scalar field.
struct FrModulus {
  static constexpr u32 INVERSE = 0xefffffffu;  // -1/r mod 2^32
  DEVICE static constexpr u32 modulus(int i) {
    constexpr u32 t[WORDS] = {0xf0000001u, 0x43e1f593u, 0x79b97091u, 0x2833e848u, 0x8181585du, 0xb85045b6u, 0xe131a029u, 0x30644e72u};
    return t[i];
  }
  DEVICE static constexpr u32 one(int i) {
    constexpr u32 t[WORDS] = {0x4ffffffbu, 0xac96341cu, 0x9f60cd29u, 0x36fc7695u, 0x7879462eu, 0x666ea36fu, 0x9a07df2fu, 0x0e0a77c1u};
    return t[i];
  }
  // 2^512
  DEVICE static constexpr u32 square(int i) {
    constexpr u32 t[WORDS] = {0xae216da7u, 0x1bb8e645u, 0xe35c59e3u, 0x53fe3ab1u, 0x53bb8085u, 0x8c49833du, 0x7f4e44a5u, 0x0216d0b1u};
    return t[i];
  }
};

// The base field.
struct FpModulus {
  static constexpr u32 INVERSE = 0xe4866389u;
  DEVICE static constexpr u32 modulus(int i) {
    constexpr u32 t[WORDS] = {0xd87cfd47u, 0x3c208c16u, 0x6871ca8du, 0x97816a91u, 0x8181585du, 0xb85045b6u, 0xe131a029u, 0x30644e72u};
    return t[i];
  }
  DEVICE static constexpr u32 one(int i) {
    constexpr u32 t[WORDS] = {0xc58f0d9du, 0xd35d438du, 0xf5c70b3du, 0x0a78eb28u, 0x7879462cu, 0x666ea36fu, 0x9a07df2fu, 0x0e0a77c1u};
    return t[i];
  }
  DEVICE static constexpr u32 square(int i) {
    constexpr u32 t[WORDS] = {0x538afa89u, 0xf32cfc5bu, 0xd44501fbu, 0xb5e71911u, 0x0a417ff6u, 0x47ab1effu, 0xcab8351fu, 0x06d89f71u};
    return t[i];
  }
};

template <class M>
struct alignas(16) Element {
  u32 v[WORDS];

  DEVICE static Element zero() {
    Element r;
    UNROLL for (int i = 0; i < WORDS; i++) r.v[i] = 0;
    return r;
  }
  DEVICE static Element one() {
    Element r;
    UNROLL for (int i = 0; i < WORDS; i++) r.v[i] = M::one(i);
    return r;
  }
  DEVICE bool is_zero() const {
    u32 any = 0;
    UNROLL for (int i = 0; i < WORDS; i++) any |= v[i];
    return any == 0;
  }
};

using Fr = Element<FrModulus>;
using Fp = Element<FpModulus>;

// Subtracts the modulus once from a value below twice the modulus, if it reaches it.
template <class M>
DEVICE Element<M> reduced(const Element<M>& a) {
  Element<M> d;
  d.v[0] = sub_cc(a.v[0], M::modulus(0));
  UNROLL for (int i = 1; i < WORDS; i++) d.v[i] = subc_cc(a.v[i], M::modulus(i));
  u32 below = subc(0, 0);
  UNROLL for (int i = 0; i < WORDS; i++) d.v[i] = below ? a.v[i] : d.v[i];
  return d;
}

template <class M>
DEVICE Element<M> operator+(const Element<M>& a, const Element<M>& b) {
  Element<M> r;
  r.v[0] = add_cc(a.v[0], b.v[0]);
  UNROLL for (int i = 1; i < WORDS - 1; i++) r.v[i] = addc_cc(a.v[i], b.v[i]);
  r.v[WORDS - 1] = addc(a.v[WORDS - 1], b.v[WORDS - 1]);
  return reduced(r);
}

template <class M>
DEVICE Element<M> operator-(const Element<M>& a, const Element<M>& b) {
  Element<M> r;
  r.v[0] = sub_cc(a.v[0], b.v[0]);
  UNROLL for (int i = 1; i < WORDS; i++) r.v[i] = subc_cc(a.v[i], b.v[i]);
  u32 below = subc(0, 0);
  r.v[0] = add_cc(r.v[0], M::modulus(0) & below);
  UNROLL for (int i = 1; i < WORDS - 1; i++) r.v[i] = addc_cc(r.v[i], M::modulus(i) & below);
  r.v[WORDS - 1] = addc(r.v[WORDS - 1], M::modulus(WORDS - 1) & below);
  return r;
}

template <class M>
DEVICE Element<M> negated(const Element<M>& a) {
  return Element<M>::zero() - a;
}

// acc += (a0, a2, a4, a6)·b, where acc[j], acc[j+1] take the halves of a product; its carry out is left in the flag.
template <class Word>
DEVICE void add_products(u32 (&acc)[WORDS], Word a, u32 b) {
  acc[0] = mad_lo_cc(a(0), b, acc[0]);
  acc[1] = madc_hi_cc(a(0), b, acc[1]);
  UNROLL for (int j = 2; j < WORDS; j += 2) {
    acc[j] = madc_lo_cc(a(j), b, acc[j]);
    acc[j + 1] = madc_hi_cc(a(j), b, acc[j + 1]);
  }
}

// One word of b, and one of the Montgomery quotient. Products of the even words of a stand in one accumulator, those of the odd words in another that counts
// for 2^32 more: so each product is added at once as a low and a high half with one carry chain, and nothing waits (Emmart, Zheng, Weems, "Faster modular
// exponentiation using double precision floating point arithmetic on the GPU", ARITH 2018, section III). Afterwards even[0] = 0, the value is shifted down by a word, and so the
// two change places for the next word.
template <class M>
DEVICE void multiply_row(u32 (&even)[WORDS], u32 (&odd)[WORDS], const u32 (&a)[WORDS], u32 b, bool first) {
  if (first) {
    UNROLL for (int j = 0; j < WORDS; j += 2) {
      even[j] = mul_lo(a[j], b);
      even[j + 1] = mul_hi(a[j], b);
      odd[j] = mul_lo(a[j + 1], b);
      odd[j + 1] = mul_hi(a[j + 1], b);
    }
  } else {
    even[0] = add_cc(even[0], odd[1]);
    UNROLL for (int j = 0; j < WORDS - 2; j += 2) {
      odd[j] = madc_lo_cc(a[j + 1], b, odd[j + 2]);
      odd[j + 1] = madc_hi_cc(a[j + 1], b, odd[j + 3]);
    }
    odd[WORDS - 2] = madc_lo_cc(a[WORDS - 1], b, 0);
    odd[WORDS - 1] = madc_hi(a[WORDS - 1], b, 0);
    add_products(even, [&](int j) { return a[j]; }, b);
    odd[WORDS - 1] = addc(odd[WORDS - 1], 0);
  }
  u32 q = even[0] * M::INVERSE;
  add_products(odd, [](int j) { return M::modulus(j + 1); }, q);
  add_products(even, [](int j) { return M::modulus(j); }, q);
  odd[WORDS - 1] = addc(odd[WORDS - 1], 0);
}

// a·b/R. a is reduced; b may be any 256-bit value.
template <class M>
DEVICE Element<M> operator*(const Element<M>& a, const Element<M>& b) {
  u32 even[WORDS];
  u32 odd[WORDS];
  UNROLL for (int i = 0; i < WORDS; i += 2) {
    multiply_row<M>(even, odd, a.v, b.v[i], i == 0);
    multiply_row<M>(odd, even, a.v, b.v[i + 1], false);
  }
  Element<M> r;
  r.v[0] = add_cc(even[0], odd[1]);
  UNROLL for (int i = 1; i < WORDS - 1; i++) r.v[i] = addc_cc(even[i], odd[i + 1]);
  r.v[WORDS - 1] = addc(even[WORDS - 1], 0);
  return reduced(r);
}

template <class M>
DEVICE Element<M> square(const Element<M>& a) {
  return a * a;
}

template <class M>
DEVICE Element<M> twice(const Element<M>& a) {
  return a + a;
}

// The element of an integer below 2^256.
template <class M>
DEVICE Element<M> of_integer(const Element<M>& integer) {
  Element<M> square;
  UNROLL for (int i = 0; i < WORDS; i++) square.v[i] = M::square(i);
  return square * integer;
}

// The integer of an element.
template <class M>
DEVICE Element<M> to_integer(const Element<M>& a) {
  Element<M> unit = Element<M>::zero();
  unit.v[0] = 1;
  return a * unit;
}

template <class M>
DEVICE_CALL Element<M> power(Element<M> base, u32 exponent) {
  auto result = Element<M>::one();
  LOOP for (; exponent != 0; exponent >>= 1) {
    if (exponent & 1) result = result * base;
    base = square(base);
  }
  return result;
}

// 1/a = a^(p-2), and 0 for 0.
template <class M>
DEVICE_CALL Element<M> inverse(const Element<M>& a) {
  auto result = Element<M>::one();
  LOOP for (int i = WORDS - 1; i >= 0; i--) {
    u32 word = 0;
    UNROLL for (int j = 0; j < WORDS; j++) word = i == j ? M::modulus(j) - (j == 0 ? 2 : 0) : word;
    LOOP for (int bit = 31; bit >= 0; bit--) {
      result = square(result);
      if (word >> bit & 1) result = result * a;
    }
  }
  return result;
}

// A vector: limb l of element i is at limbs[l * stride + i].
template <class M>
struct Vector {
  u64* limbs;
  u32 stride;

  DEVICE Element<M> operator[](u32 i) const {
    Element<M> r;
    UNROLL for (int l = 0; l < WORDS / 2; l++) {
      u64 limb = limbs[(u64)l * stride + i];
      r.v[2 * l] = (u32)limb;
      r.v[2 * l + 1] = (u32)(limb >> 32);
    }
    return r;
  }
  DEVICE void set(u32 i, const Element<M>& value) const {
    UNROLL for (int l = 0; l < WORDS / 2; l++) limbs[(u64)l * stride + i] = value.v[2 * l] | (u64)value.v[2 * l + 1] << 32;
  }
};

using FrVector = Vector<FrModulus>;
using FpVector = Vector<FpModulus>;

// Elements in a row, 32 bytes each.
template <class M>
DEVICE void store(u64* at, const Element<M>& value) {
  UNROLL for (int l = 0; l < WORDS / 2; l++) at[l] = value.v[2 * l] | (u64)value.v[2 * l + 1] << 32;
}

template <class M>
DEVICE Element<M> load_shared_by_blocks(const u64* at) {
  Element<M> r;
  UNROLL for (int l = 0; l < WORDS / 2; l++) {
    u64 limb = load_shared_by_blocks(at + l);
    r.v[2 * l] = (u32)limb;
    r.v[2 * l + 1] = (u32)(limb >> 32);
  }
  return r;
}

// An element by value, as Java passes it.
struct alignas(8) Word4 {
  u64 limbs[4];

  DEVICE Fr fr() const {
    Fr r;
    UNROLL for (int l = 0; l < WORDS / 2; l++) {
      r.v[2 * l] = (u32)limbs[l];
      r.v[2 * l + 1] = (u32)(limbs[l] >> 32);
    }
    return r;
  }
};
