// The kernels on a CPU, as a library: see host.cuh. Not part of what is shipped.
#include "probity.cu"

#include <tuple>
#include <ucontext.h>
#include <utility>
#include <vector>

namespace host {
Dimensions thread, block, grid, threads;

namespace {
constexpr size_t STACK = 256 << 10;
constexpr u32 MAX_THREADS = 1024;

enum class State { READY, AT_BLOCK, AT_WARP, DONE };

struct Fiber {
  ucontext_t context;
  State state;
};

Fiber fibers[MAX_THREADS];
u8 slots[MAX_THREADS][64];
u8* stacks = nullptr;
ucontext_t scheduler;
u32 current;
bool fibers_run = false;
void (*body)(void*);
void* body_arguments;
u64 seed = 1;

u32 random_below(u32 n) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (u32)((seed >> 33) % n);
}

void enter() {
  body(body_arguments);
  fibers[current].state = State::DONE;
}

void yield(State state) {
  if (!fibers_run) {
    fprintf(stderr, "a kernel that was registered as one without barriers waits at one\n");
    abort();
  }
  u32 self = current;
  fibers[self].state = state;
  swapcontext(&fibers[self].context, &scheduler);
}

// Lets a group of threads go on if all of them that are not done wait at the same kind of barrier.
bool release(u32 from, u32 to, State state) {
  u32 waiting = 0;
  for (u32 t = from; t < to; t++) {
    if (fibers[t].state == state) {
      waiting++;
    } else if (fibers[t].state != State::DONE) {
      return false;
    }
  }
  for (u32 t = from; t < to; t++) {
    if (fibers[t].state == state) fibers[t].state = State::READY;
  }
  return waiting > 0;
}

void run_fibers() {
  u32 n = threads.x;
  if (!stacks) stacks = (u8*)aligned_alloc(4096, STACK * MAX_THREADS);
  for (u32 t = 0; t < n; t++) {
    getcontext(&fibers[t].context);
    fibers[t].context.uc_stack.ss_sp = stacks + STACK * t;
    fibers[t].context.uc_stack.ss_size = STACK;
    fibers[t].context.uc_link = &scheduler;
    makecontext(&fibers[t].context, enter, 0);
    fibers[t].state = State::READY;
  }
  fibers_run = true;
  for (;;) {
    bool ran = false;
    u32 start = random_below(n);
    bool down = random_below(2);
    for (u32 k = 0; k < n; k++) {
      u32 t = (start + (down ? n - k : k)) % n;
      if (fibers[t].state != State::READY) continue;
      ran = true;
      current = t;
      thread = {t, 0, 0};
      swapcontext(&scheduler, &fibers[t].context);
    }
    bool released = false;
    for (u32 w = 0; w < n; w += 32) released |= release(w, w + 32 < n ? w + 32 : n, State::AT_WARP);
    released |= release(0, n, State::AT_BLOCK);
    if (released) continue;
    if (ran) {
      bool done = true;
      for (u32 t = 0; t < n; t++) done &= fibers[t].state == State::DONE;
      if (done) break;
    }
    fprintf(stderr, "threads of a block wait for one another at different barriers\n");
    abort();
  }
  fibers_run = false;
}

template <class... A, size_t... I>
void call(void (*kernel)(A...), void** arguments, std::index_sequence<I...>) {
  kernel(*(std::remove_const_t<std::remove_reference_t<A>>*)arguments[I]...);
}

using Thunk = void (*)(void*);

template <auto KERNEL_FUNCTION>
struct Thunks;
template <class... A, void (*KERNEL_FUNCTION)(A...)>
struct Thunks<KERNEL_FUNCTION> {
  static void run(void* arguments) { call(KERNEL_FUNCTION, (void**)arguments, std::index_sequence_for<A...>()); }
  static constexpr u32 sizes[] = {(u32)sizeof(A)...};
  static constexpr u32 count = sizeof...(A);
};

struct Entry {
  const char* name;
  Thunk thunk;
  const u32* sizes;
  u32 count;
  bool waits;
};

#define RUNS(kernel) {#kernel, Thunks<kernel>::run, Thunks<kernel>::sizes, Thunks<kernel>::count, false}
#define WAITS(kernel) {#kernel, Thunks<kernel>::run, Thunks<kernel>::sizes, Thunks<kernel>::count, true}
const Entry ENTRIES[] = {
    RUNS(fr_binary),      RUNS(fp_binary),         RUNS(fr_invert),     RUNS(fp_invert),     RUNS(fr_from_integers), RUNS(fr_gather),
    RUNS(fr_combine),     RUNS(fr_add_outer),      WAITS(fr_eq),        RUNS(fr_scatter_add), RUNS(fr_sum_out),      RUNS(fr_bind),
    RUNS(fr_fold8),       WAITS(fr_inner_product), WAITS(fr_vector_matrix), WAITS(rows_fold), WAITS(dense_forward),  RUNS(dense_activate),
    RUNS(witness_expand), WAITS(product_round),    WAITS(bit_round),    WAITS(fr_parts),     WAITS(fr_divide_carry), RUNS(fr_divide),
    RUNS(points_pack),    RUNS(points_unpack),     RUNS(points_double), WAITS(msm_count),    WAITS(msm_place),       WAITS(msm_scan),
    RUNS(msm_accumulate), RUNS(msm_merge),         WAITS(msm_reduce),   RUNS(msm_combine),
};
}  // namespace

void wait_block() { yield(State::AT_BLOCK); }
void wait_warp() { yield(State::AT_WARP); }
u8* lane_slot(u32 lane) { return slots[current / 32 * 32 + lane]; }
}  // namespace host

// Runs a kernel. Arguments are pointers to values, of the sizes given. 0, or what is wrong.
extern "C" const char* probity_launch(const char* name, u32 grid_x, u32 grid_y, u32 threads, void** arguments, const u32* sizes, u32 count) {
  using namespace host;
  for (const auto& entry : ENTRIES) {
    if (strcmp(entry.name, name) != 0) continue;
    if (count != entry.count) return "a kernel with another number of parameters";
    for (u32 i = 0; i < count; i++) {
      if (sizes[i] != entry.sizes[i]) return "a parameter of another size";
    }
    if (threads == 0 || threads > MAX_THREADS || grid_x == 0 || grid_y == 0) return "no such launch shape";
    grid = {grid_x, grid_y, 1};
    host::threads = {threads, 1, 1};
    body = entry.thunk;
    body_arguments = arguments;
    // Blocks in one order or the other: nothing may depend on it.
    bool down = random_below(2);
    for (u64 k = 0; k < (u64)grid_x * grid_y; k++) {
      u64 b = down ? (u64)grid_x * grid_y - 1 - k : k;
      block = {(u32)(b % grid_x), (u32)(b / grid_x), 0};
      if (entry.waits) {
        run_fibers();
      } else {
        for (u32 t = 0; t < threads; t++) {
          thread = {t, 0, 0};
          entry.thunk(arguments);
        }
      }
    }
    return nullptr;
  }
  return "no kernel of this name";
}
