// The kernels on a CPU, as a library: see host.cuh. Not part of what is shipped.
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <tuple>
#include <type_traits>
#include <ucontext.h>
#include <utility>

// Where everything that kernels declare __shared__ is: the linker names its ends.
extern "C" {
extern unsigned char __start_shared_memory[] __attribute__((visibility("hidden")));
extern unsigned char __stop_shared_memory[] __attribute__((visibility("hidden")));
}

// Nothing here is seen from outside, so that what is shared can be in a section of its own, and the carry in a register.
namespace {
#include "probity.cu"

namespace host {
constexpr u8 POISON = 0xa5;
constexpr size_t STACK = 256 << 10;
constexpr u32 MAX_THREADS = 1024;

enum class State { READY, AT_BLOCK, AT_WARP, DONE };

// A context is needed to begin on a stack of its own, once. From then on a fiber is only jumped to and from, which needs no system call.
struct Fiber {
  ucontext_t context;
  jmp_buf at;
  State state;
  bool begun;
};

Fiber fibers[MAX_THREADS];
u8 slots[MAX_THREADS][64];
u8* stacks = nullptr;
jmp_buf scheduler;
u32 current;
bool fibers_run = false;
void (*body)(void*);
void* body_arguments;
u64 seed = 1;

u32 random_below(u32 n) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (u32)((seed >> 33) % n);
}

void leave(State state) {
  Fiber& self = fibers[current];
  self.state = state;
  if (_setjmp(self.at) == 0) _longjmp(scheduler, 1);
}

void enter() {
  for (;;) {
    body(body_arguments);
    leave(State::DONE);
  }
}

void yield(State state) {
  if (!fibers_run) {
    fprintf(stderr, "a kernel that was registered as one without barriers waits at one\n");
    abort();
  }
  leave(state);
}

// Runs thread t to its next barrier.
__attribute__((noinline)) void resume(u32 t) {
  current = t;
  thread = {t, 0, 0};
  if (_setjmp(scheduler) != 0) return;
  if (fibers[t].begun) _longjmp(fibers[t].at, 1);
  fibers[t].begun = true;
  getcontext(&fibers[t].context);
  fibers[t].context.uc_stack.ss_sp = stacks + STACK * t;
  fibers[t].context.uc_stack.ss_size = STACK;
  fibers[t].context.uc_link = nullptr;
  makecontext(&fibers[t].context, enter, 0);
  setcontext(&fibers[t].context);
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
  for (u32 t = 0; t < n; t++) fibers[t].state = State::READY;
  fibers_run = true;
  for (;;) {
    // Some of the warps, in any order, and their threads in any order: so one warp can be far ahead of another.
    bool ran = false;
    u32 warps = (n + 31) / 32;
    u32 first = random_below(warps);
    u32 chosen = random_below(0x7fffffff) | 1u << first;
    for (u32 k = 0; k < warps; k++) {
      u32 w = (first + k) % warps;
      if (!(chosen >> w % 31 & 1) && w != first) continue;
      u32 lanes = 32 * w + 32 < n ? 32 : n - 32 * w;
      u32 start = random_below(lanes);
      bool down = random_below(2);
      for (u32 l = 0; l < lanes; l++) {
        u32 t = 32 * w + (start + (down ? lanes - l : l)) % lanes;
        if (fibers[t].state != State::READY) continue;
        ran = true;
        resume(t);
      }
    }
    bool released = false;
    for (u32 w = 0; w < n; w += 32) released |= release(w, w + 32 < n ? w + 32 : n, State::AT_WARP);
    released |= release(0, n, State::AT_BLOCK);
    if (released || ran) {
      bool done = true;
      for (u32 t = 0; t < n; t++) done &= fibers[t].state == State::DONE;
      if (done) break;
      continue;
    }
    bool ready = false;
    for (u32 t = 0; t < n; t++) ready |= fibers[t].state == State::READY;
    if (ready) continue;
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

void wait_block() { yield(State::AT_BLOCK); }
void wait_warp() { yield(State::AT_WARP); }
void may_wait() {
  if (fibers_run && random_below(4) == 0) leave(State::READY);
}
u8* lane_slot(u32 lane) { return slots[current / 32 * 32 + lane]; }
}  // namespace host
}  // namespace

// Begins another order of everything that may happen in any.
extern "C" void probity_order(u64 seed) { host::seed = seed; }

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
    // Blocks in any order: nothing may depend on it.
    u64 blocks = (u64)grid_x * grid_y;
    u64 start = random_below((u32)blocks);
    bool down = random_below(2);
    for (u64 k = 0; k < blocks; k++) {
      u64 b = (start + (down ? blocks - k : k)) % blocks;
      block = {(u32)(b % grid_x), (u32)(b / grid_x), 0};
      memset(__start_shared_memory, POISON, (size_t)(__stop_shared_memory - __start_shared_memory));
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
