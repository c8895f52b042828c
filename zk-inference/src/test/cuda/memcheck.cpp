// Every kernel once or more on exact allocations, for valgrind (build/cuda --memcheck): a read or write past the end of a vector, and a branch on what was
// never written, end it. What the kernels compute is for the Java tests to say.
#include "host.cpp"

#include <vector>

namespace {

class Launch {
 public:
  template <class T>
  Launch& with(T value) {
    std::vector<u8> bytes(sizeof(T));
    memcpy(bytes.data(), &value, sizeof(T));
    values.push_back(bytes);
    return *this;
  }
  Launch& vector(u64* limbs, u32 stride) { return with(limbs).with(stride); }

  void run(const char* kernel, u32 grid_x, u32 grid_y, u32 threads) {
    std::vector<void*> pointers;
    std::vector<u32> sizes;
    for (auto& value : values) {
      pointers.push_back(value.data());
      sizes.push_back((u32)value.size());
    }
    const char* wrong = probity_launch(kernel, grid_x, grid_y, threads, pointers.data(), sizes.data(), (u32)sizes.size());
    if (wrong) {
      fprintf(stderr, "%s: %s\n", kernel, wrong);
      exit(1);
    }
    printf("%s\n", kernel);
  }

 private:
  std::vector<std::vector<u8>> values;
};

u64 next_limb() { return (u64)rand() << 31 ^ (u64)rand(); }

// Reduced elements: the highest limb is small.
u64* elements(u32 n) {
  u64* limbs = (u64*)malloc(32 * (size_t)n);
  for (u32 i = 0; i < 4 * n; i++) limbs[i] = i < 3 * n ? next_limb() : next_limb() >> 3;
  return limbs;
}

template <class T>
T* zeros(size_t count) {
  T* out = (T*)aligned_alloc(16, (count * sizeof(T) + 15) / 16 * 16);
  memset((void*)out, 0, count * sizeof(T));
  return out;
}

Word4 element() { return {{next_limb(), next_limb(), next_limb(), next_limb() >> 3}}; }

u32 blocks(u32 n) { return (n + BLOCK - 1) / BLOCK; }

u64* scratch;

void vectors(u32 n) {
  u64* a = elements(n);
  u64* b = elements(n);
  u64* out = elements(n);
  u64* results = zeros<u64>(8 * n);
  for (const char* kernel : {"fr_binary", "fp_binary"}) Launch().with<u32>(2).vector(a, n).vector(b, n).vector(out, n).with(n).run(kernel, 1, 1, BLOCK);
  for (const char* kernel : {"fr_invert", "fp_invert"}) Launch().vector(a, n).vector(out, n).with(n).with<u32>(n < 16 ? 1 : n / 16).run(kernel, 1, 1, 128);
  Launch().with((const i64*)a).vector(out, n).with(n).run("fr_from_integers", 1, 1, BLOCK);
  Terms terms{};
  terms.count = 2;
  terms.term[0] = {a, n, n, element()};
  terms.term[1] = {b, n, n, element()};
  Launch().with(terms).with<u32>(2 * n).with(results).run("fr_gather", 1, 1, BLOCK);
  Launch().with(terms).vector(out, n).with(n).with<u32>(1).run("fr_combine", 1, 1, BLOCK);
  u64* long_vector = elements(8 * n);
  Launch().vector(long_vector, 8 * n).vector(a, n).vector(b, n).with<u32>(n < 8 ? n : 8).with(n).with(element()).run("fr_add_outer", 1, 1, BLOCK);
  Launch().vector(long_vector, 8 * n).vector(out, n).with(n).run("fr_sum_out", 1, 1, BLOCK);
  Launch().vector(long_vector, 8 * n).with(element()).vector(out, n).with(n).run("fr_bind", 1, 1, BLOCK);
  Launch().vector(long_vector, 8 * n).with(Three{{element(), element(), element()}}).vector(out, n).with(n).run("fr_fold8", 1, 1, BLOCK);
  u32* indices = zeros<u32>(n);
  for (u32 i = 0; i < n; i++) indices[i] = i;
  Launch().vector(out, n).with(n).with((const u32*)indices).vector(a, n).with(n).with(element()).run("fr_scatter_add", 1, 1, BLOCK);
  Launch().vector(a, n).vector(b, n).with(n).with(scratch).with(results).run("fr_inner_product", 2, 1, BLOCK);
  u64* matrix = elements(5 * n);
  u64* row = elements(5);
  Launch().vector(a, n).with(n).vector(matrix, 5 * n).vector(row, 5).with<u32>(5).with(scratch).run("fr_vector_matrix", 1, 2, BLOCK);
  terms.count = 1;
  for (u32 radix : {1u, 2u}) {
    if (n % radix != 0) continue;
    terms.term[0].scale.limbs[0] = radix;
    Launch().with(terms).with(element()).with(scratch).with(results).run("fr_parts", 2, 1, BLOCK);
  }
  for (u32 degree : {1u, 2u, 8u}) {
    if (n <= degree) continue;
    u32 rest = n - degree;
    u32 stretches = ((rest + degree - 1) / degree + 15) / 16;
    u64* quotient = elements(rest);
    Launch division;
    division.vector(a + degree, n).with(rest).with(degree).with<u32>(16).with(stretches).with(element()).with(scratch);
    Launch(division).run("fr_divide_carry", blocks(stretches * degree), 1, BLOCK);
    division.vector(quotient, rest).run("fr_divide", blocks(stretches * degree), 1, BLOCK);
    free(quotient);
  }
  for (void* p : {a, b, out, results, long_vector, matrix, row}) free(p);
  free(indices);
}

void model(u32 n) {
  for (u32 bytes : {1u, 2u, 4u}) {
    u8* rows = zeros<u8>(3 * n * bytes + 16);
    u8* exact = (u8*)malloc(3 * n * bytes);
    memset(exact, 0x81, 3 * n * bytes);
    u64* weights = elements(3);
    u64* out = elements(n);
    Launch().with((const void*)exact).with(bytes).with(n).with<u32>(3).vector(weights, 3).vector(out, n).with(n).run("rows_fold", blocks(n), 1, BLOCK);
    if (n > 2) {
      i64* in = zeros<i64>(n - 1);
      i64* z = zeros<i64>(3);
      Launch().with((const void*)exact).with(bytes).with(n).with<u32>(3).with<u32>(0).with(n - 1).with(n - 1).with((const i64*)in).with(z).with<u32>(3).run(
          "dense_forward", 1, 1, BLOCK);
      Launch().with((const i64*)z).with(z).with<u32>(3).with<u32>(4).run("dense_activate", 1, 1, BLOCK);
      free(in);
      free(z);
    }
    for (void* p : {(void*)rows, (void*)exact, (void*)weights, (void*)out}) free(p);
  }
  u32* values = (u32*)malloc(4 * n);
  u8* shifts = (u8*)malloc(n);
  memset(values, 0xa7, 4 * n);
  memset(shifts, 5, n);
  u64* bits = elements(32 * n);
  u64* others[] = {elements(n), elements(n), elements(n)};
  Launch().with((const u32*)values).with((const u8*)shifts).vector(bits, 32 * n).vector(others[0], n).vector(others[1], n).vector(others[2], n).with(n).run(
      "witness_expand", blocks(32 * n), 1, BLOCK);
  for (void* p : {(void*)values, (void*)shifts, (void*)bits, (void*)others[0], (void*)others[1], (void*)others[2]}) free(p);
}

void sumchecks(u32 n) {
  u64* results = zeros<u64>(12);
  Products products{};
  auto& p = products.product[0];
  p = {elements(n), elements(n), elements(n / 2), elements(n / 2), n, n, n / 2, n / 2, n, 0, element(), 0};
  products.count = 1;
  for (u32 fold : {0u, 1u}) {
    products.pairs = fold ? (n / 4 > 0 ? n / 4 : 1) : n / 2;
    Launch().with(products).with(fold).with<u32>(1).with(element()).with(scratch).with(results).run("product_round", 2, 1, BLOCK);
  }
  for (void* vector : {p.a, p.b, p.folded_a, p.folded_b}) free(vector);
  if (n < 4) return;
  auto place = [](u32 size) { return BitVectors::Place{elements(size), size}; };
  BitVectors v{place(n / 2), place(n / 4), place(n), place(n / 2), place(n), place(n / 2), place(n), place(n / 2), place(n), place(n / 2)};
  Launch().with(v).with(n / 4).with<u32>(FOLD | NEURONS | FOLD_NEURONS).with(element()).with(element()).with(scratch).with(results).run("bit_round", 1, 1, BLOCK);
  Launch().with(v).with(n / 2).with<u32>(0).with(element()).with(element()).with(scratch).with(results).run("bit_round", 1, 1, BLOCK);
}

// All bases equal: every addition in a bucket is of equal points.
void points(u32 n, u32 width) {
  u32 windows = 254 / width + 1;
  u32 buckets = 1u << (width - 1);
  u32 keys = windows * buckets;
  u64* x = zeros<u64>(4 * n);
  u64* y = zeros<u64>(4 * n);
  for (u32 i = 0; i < n; i++) {
    FpVector{x, n}.set(i, Fp::one());
    FpVector{y, n}.set(i, Fp::one() + Fp::one());
  }
  Affine* bases = zeros<Affine>(n);
  Affine* level = zeros<Affine>(n);
  Launch().vector(x, n).vector(y, n).with(bases).with(n).run("points_pack", blocks(n), 1, BLOCK);
  Launch().with((const Affine*)bases).vector(x, n).vector(y, n).with(n).run("points_unpack", blocks(n), 1, BLOCK);
  Launch().with((const Affine*)bases).with(level).with(n).with<u32>(3).run("points_double", 1, 1, POINTS_BLOCK);

  Segment segment{};
  segment.scalars = elements(n);
  segment.stride = n;
  segment.size = n;
  u32 scans = (keys + SCAN - 1) / SCAN;
  u32 runs = (n * windows + 15) / 16;
  u32* counts = zeros<u32>(keys);
  u32* totals = zeros<u32>(scans + 1);
  u64* list = (u64*)malloc(8 * (size_t)n * windows);
  Launch digits;
  digits.with((const Segment*)&segment).with<u32>(1).with(n).with(n).with(width).with(windows).with(windows).with(counts).with(totals).with(list);
  Launch(digits).run("msm_count", blocks(n), 1, BLOCK);
  Launch().with(counts).with(keys).with(totals).with(scratch).run("msm_scan", scans, 1, BLOCK);
  digits.run("msm_place", blocks(n), 1, BLOCK);
  Xyzz* sums_of_keys = zeros<Xyzz>(keys);
  u32* list_keys[] = {(u32*)malloc(8 * runs), (u32*)malloc(8 * runs)};
  Xyzz* list_sums[] = {(Xyzz*)aligned_alloc(16, 256 * runs), (Xyzz*)aligned_alloc(16, 256 * runs)};
  const u32* total = totals + scans;
  Launch().with((const Affine*)bases).with((const u64*)list).with(total).with<u32>(16).with(sums_of_keys).with(list_keys[0]).with(list_sums[0]).run(
      "msm_accumulate", (runs + POINTS_BLOCK - 1) / POINTS_BLOCK, 1, POINTS_BLOCK);
  u32 length = 2 * runs;
  for (u32 merge = 1; ; merge++) {
    runs = (length + 7) / 8;
    u32 from = (merge + 1) % 2;
    Launch().with(total).with<u32>(16).with<u32>(8).with(merge).with((const u32*)list_keys[from]).with((const Xyzz*)list_sums[from]).with(sums_of_keys)
        .with(list_keys[1 - from]).with(list_sums[1 - from]).run("msm_merge", (runs + POINTS_BLOCK - 1) / POINTS_BLOCK, 1, POINTS_BLOCK);
    if (runs == 1) break;
    length = 2 * runs;
  }
  Xyzz* stretches = zeros<Xyzz>(2 * windows);
  u32* counters = zeros<u32>(windows);
  Xyzz* sums = zeros<Xyzz>(windows);
  Xyzz* result = zeros<Xyzz>(1);
  Launch().with((const Xyzz*)sums_of_keys).with(buckets).with<u32>(1).with(stretches).with(counters).with(sums).run("msm_reduce", 2, windows, POINTS_BLOCK);
  Launch().with((const Xyzz*)sums).with<u32>(1).with(windows).with(width).with(result).run("msm_combine", 1, 1, POINTS_BLOCK);
  // Reads every bit of it.
  if (result->affine().is_infinity()) printf("infinity\n");
}

}  // namespace

int main() {
  scratch = zeros<u64>(COUNTERS + 4096);
  for (u32 n : {1u, 2u, 3u, 33u, 70u}) {
    vectors(n);
    model(n);
  }
  for (u32 n : {2u, 4u, 32u}) sumchecks(n);
  Point point;
  for (auto& coordinate : point.coordinate) coordinate = element();
  for (u32 variables : {0u, 6u, 11u}) {
    u64* out = elements(1u << variables);
    Launch().with(point).with(variables).with(element()).vector(out, 1u << variables).with<u32>(1).run("fr_eq", variables > 10 ? 2 : 1, 1, BLOCK);
    free(out);
  }
  points(50, 4);
  points(3, 2);
}
