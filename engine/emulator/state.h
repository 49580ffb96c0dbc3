// What the emulator knows while it runs; shared by its source files, which are compiled without sanitizers and talk to
// them through weak symbols.
#pragma once
#include <map>
#include <mutex>
#include <vector>

#include "engine/emulator/collectives.h"
#include "engine/emulator/runtime_api.h"

extern "C" {
#define EMULATOR_WEAK __attribute__((weak))
EMULATOR_WEAK void __sanitizer_start_switch_fiber(void** fake, const void* bottom, size_t size);
EMULATOR_WEAK void __sanitizer_finish_switch_fiber(void* fake, const void** bottom, size_t* size);
EMULATOR_WEAK void __asan_poison_memory_region(void const volatile* p, size_t n);
EMULATOR_WEAK void __asan_unpoison_memory_region(void const volatile* p, size_t n);
EMULATOR_WEAK void* __tsan_get_current_fiber(void);
EMULATOR_WEAK void* __tsan_create_fiber(unsigned flags);
EMULATOR_WEAK void __tsan_switch_to_fiber(void* fiber, unsigned flags);
EMULATOR_WEAK void __tsan_destroy_fiber(void* fiber);
EMULATOR_WEAK void AnnotateIgnoreReadsBegin(const char* file, int line);
EMULATOR_WEAK void AnnotateIgnoreReadsEnd(const char* file, int line);
EMULATOR_WEAK void AnnotateIgnoreWritesBegin(const char* file, int line);
EMULATOR_WEAK void AnnotateIgnoreWritesEnd(const char* file, int line);
EMULATOR_WEAK void __tsan_acquire(void* addr);
EMULATOR_WEAK void __tsan_release(void* addr);
EMULATOR_WEAK void __tsan_java_init(unsigned long begin, unsigned long size);
EMULATOR_WEAK void __tsan_java_alloc(unsigned long p, unsigned long size);
EMULATOR_WEAK void __tsan_java_free(unsigned long p, unsigned long size);
EMULATOR_WEAK void __sanitizer_set_death_callback(void (*cb)(void));
}

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(EMULATOR_USE_UCONTEXT)
#define EMULATOR_ASM 1
#else
#include <ucontext.h>
#define EMULATOR_ASM 0
#endif

namespace adjoint::emulator {
enum class State : uint8_t { Fresh, Running, Ready, AtBarrier, AtNamed, AtWarp, Exited };

struct Stack {
    char* base = nullptr;
    size_t size = 0;
    void* fake = nullptr;  // ASan
    char* left = nullptr;  // ASan: the frames that its last thread never returned from begin here
#if !EMULATOR_ASM
    ucontext_t uc;
#endif
};
struct alignas(64) Thread {
    // hot: one cache line
    uint3 tid;
    unsigned index = 0;
    void* sp = nullptr;
    Site site{nullptr, 0};  // where it waits
    int stack = -1;
    State state = State::Fresh;
    bool sync = false;  // the collective it waits for is a memory barrier
    uint32_t mask = 0;  // warp collective
    WarpFn fn = nullptr;
    void* arg = nullptr;
    Thread* next = nullptr;  // waiter list of a named barrier
    AsyncCopy* async = nullptr;
    unsigned async_head = 0, async_tail = 0, async_group = 0;
    void* tsan[2] = {nullptr, nullptr};  // neighbouring blocks run as different TSan fibers
};
struct Warp {
    uint32_t exist = 0, live = 0, waiting = 0;
    unsigned parity = 0;
};
struct Named {
    int arrived = 0, expected = 0;
    Thread* waiters = nullptr;
};

// Addresses that stand for synchronisation objects in the race detector.  They sit behind
// the shared memory of the block, so that they are reset with it: a barrier of one block
// must not order the accesses of the next block.
struct SyncVars {
    uint64_t block[2], named[16], warp[32][2];
};
constexpr size_t kArena = 256 * 1024, kCanary = 64, kGlobalCanary = 256, kMaxVars = 64, kMaxAsync = 256,
                 kGuard = 64 * 1024,
                 kFrame = 1024;  // more than the part of a frame below its frame address

struct Simulation {
    Options opt;
    Stats st{};
    std::vector<Thread> threads;
    std::vector<Warp> warps;
    std::vector<Stack> stacks;  // TSan: two sets, see Thread::tsan
    std::vector<int> free_stacks;
    std::vector<Thread*> ring;  // ready queue
    unsigned ring_head = 0, ring_count = 0, ring_mask = 0;
    Thread* cur = nullptr;
    unsigned n = 0, live = 0, at_barrier = 0, parity = 0, set = 0;
    int vote_acc = 0, vote_and = 1, vote_or = 0, vote_res[3] = {};
    Named named[16];
    uint64_t start_sync, end_sync, fence_sync;
    SyncVars* sync = nullptr;
    void* main_sp = nullptr;
    void* main_fake = nullptr;
    const void* main_bottom = nullptr;
    size_t main_size = 0;
    void* main_tsan = nullptr;
    void* crowd_tsan = nullptr;  // the one fiber of launches that are not watched for races (watching.cpp)
    bool watched = false;        // TSan: each thread of the running launch is a fiber of its own
    std::map<std::string, unsigned> launches_alike;
    bool from_main = false, sanitized = false;
#if !EMULATOR_ASM
    ucontext_t main_uc;
#endif
    void (*entry)(void*) = nullptr;
    void* closure = nullptr;
    Site site{nullptr, 0};  // of the launch
    bool in_kernel = false, failed = false;
    char error[1024] = "";
    char* arena = nullptr;  // shared memory of the running block
    size_t dyn_size = 0, bump = 0, n_vars = 0;
    SharedVar* vars[kMaxVars];
    uint64_t rng = 1;
    std::map<uintptr_t, size_t> allocs;
    size_t in_use = 0;
    unsigned timeout = 0;  // seconds per launch
};
extern Simulation* sim;
extern std::recursive_mutex simulation_mutex;
Simulation* init();  // makes the one simulation at the first call, with options from the environment

inline bool asan() { return __asan_poison_memory_region != nullptr; }
inline bool tsan() { return __tsan_switch_to_fiber != nullptr; }
inline void release_order(void* p) {
    if (sim->watched) __tsan_release(p);
}
inline void acquire_order(void* p) {
    if (sim->watched) __tsan_acquire(p);
}
inline void poison(void* p, size_t n) {
    if (asan()) __asan_poison_memory_region(p, n);
}
inline void unpoison(void* p, size_t n) {
    if (asan()) __asan_unpoison_memory_region(p, n);
}
inline uint64_t rnd() {
    uint64_t& x = sim->rng;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}
inline void fill_raw(void* p, size_t n, unsigned char v) {  // not memset: the sanitizers intercept that
#if defined(__x86_64__)
    asm volatile("rep stosb" : "+D"(p), "+c"(n) : "a"(v) : "memory");
#else
    for (volatile char* q = static_cast<char*>(p); n--;) *q++ = char(v);
#endif
}
inline const char* base_name(const char* f) {
    const char* s = f ? strrchr(f, '/') : "?";
    return s && f ? s + 1 : f ? f : s;
}
#define EMULATOR_THREAD(t) (t).tid.x, (t).tid.y, (t).tid.z
#define EMULATOR_AT(s) base_name((s).file), (s).line

// switching.cpp
#if EMULATOR_ASM
void* make_frame(char* top, void (*fn)());
extern "C" void adjoint_emulator_switch(void** save_sp, void* load_sp);
#endif
void push_back(Thread* t);
void push_front(Thread* t);
Thread* pick();                                        // the next ready thread; null: none
void switch_to(Thread* from, Thread* to, bool dying);  // null: the program outside the kernel
void set_current(Thread* t);
void block_current();  // the current thread's state says what it waits for
[[noreturn]] void leave_block();
void fiber_main();
// meetings.cpp
void release_barrier();
bool try_warp(Warp& w, Thread* base, uint32_t mask);
void on_exit(Thread* t);
// watching.cpp
bool to_be_watched(Likeness& like, dim3 grid, dim3 block, size_t shared_bytes);
void begin_crowd();
void end_crowd();
// blocks.cpp
void check_canary(const void* p, size_t n, unsigned char want, const char* what, size_t size);
void death_note();
void install_signals();
}  // namespace adjoint::emulator
