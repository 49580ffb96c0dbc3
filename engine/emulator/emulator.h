// The emulator's interface: options, launching, shared memory, collectives. See README.md for the execution model.
#pragma once
#include "engine/emulator/language.h"
#include "engine/error.h"

namespace adjoint::emulator {

enum class Order { Fifo, Reverse, Random };
struct Options {                // also set by the environment, see README.md
    Order order = Order::Fifo;  // thread (and for Random also block) schedule
    uint64_t seed = 1;
    bool poison = true;               // 0xFF-fill shared memory per block and fresh device memory
    bool strict_barriers = true;      // all threads must be at the same __syncthreads call site
    bool allow_early_exit = true;     // threads may leave before the others' __syncthreads (legal since sm_70)
    bool allow_exited_lanes = false;  // a warp collective's mask may name lanes that have left
    unsigned preempt = 0;             // 1/N chance of a thread switch at atomics (Random only)
    size_t max_shared = 227 * 1024;
    size_t device_memory = size_t(4) << 30;  // cudaMalloc fails beyond this
    size_t stack_bytes = 0;                  // 0: 64 KiB (256 KiB under a sanitizer)
    unsigned alike = 0;  // TSan: of launches that are alike (see Likeness), so many are watched for races; 0: all
};
Options& options();
struct Stats {
    uint64_t launches, blocks, threads, switches, barriers, warp_ops;
};
Stats& stats();

struct Site {
    const char* file;
    int line;
};  // a place in the source text
#define EMULATOR_SITE const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE()

// What the emulator found wrong with a kernel, thrown where the kernel was launched.
struct Error : adjoint::Error {
    Error(Site launch, const std::string& found)
        : adjoint::Error(ExitCode::numerical,
                         std::string("the kernel launched at ") + launch.file + ":" + std::to_string(launch.line),
                         found, "") {}
};

// Shared memory.  One SharedVar object per declaration (and template instance).
struct SharedVar {
    size_t size, align;
    uint64_t epoch;
    void* ptr;
    const char* name;
};
extern uint64_t block_epoch;
void alloc_shared(SharedVar& v, const char* name);
void* dynamic_shared();
template <class T, class Tag>
EMULATOR_GLUE T& shared_var(const char* name) {
    static constinit SharedVar v{sizeof(T), alignof(T) < 16 ? 16 : alignof(T), 0, nullptr, nullptr};
    if (v.epoch != block_epoch) alloc_shared(v, name);
    return *static_cast<T*>(v.ptr);
}
// Abort the running launch; run_grid() then throws adjoint::emulator::Error.  printf-style, no
// std::string, because the fiber is abandoned without unwinding.
[[noreturn]] __attribute__((format(printf, 1, 2))) void fail(const char* fmt, ...);
void sync_block(const char* file, int line);
enum class Vote { Count, And, Or };
int sync_block_vote(Vote v, int pred, const char* file, int line);
void named_barrier(int id, int nthreads, bool wait, const char* file, int line);
// The last arriving lane of `mask` runs fn(args, active) for the whole group.
using WarpFn = void (*)(void* const args[32], uint32_t active);
void warp_collective(uint32_t mask, WarpFn fn, void* arg, bool is_memory_barrier, const char* file, int line);
uint32_t live_lanes();
// cp.async: copies are queued per thread and done as late as allowed (at the wait); the
// destination is overwritten with 0xFF and the source read at the issue as well, so that
// the whole window in which the hardware may copy is visible to TSan and to the results.
struct AsyncCopy {
    void* dst;
    const void* src;
    unsigned bytes, src_bytes;
    unsigned group;
};
void async_queue(const AsyncCopy& c);
inline void async_issue(const AsyncCopy& c) {
    for (unsigned i = 0; i < c.bytes / 4; ++i) {
        if (i < c.src_bytes / 4) (void)static_cast<const volatile uint32_t*>(c.src)[i];
        static_cast<volatile uint32_t*>(c.dst)[i] = ~0u;
    }
    async_queue(c);
}
void async_commit();
bool async_next(int keep_groups, AsyncCopy& out);
inline void async_wait(int keep_groups) {
    for (AsyncCopy c; async_next(keep_groups, c);)
        for (unsigned i = 0; i < c.bytes; i += 4)
            static_cast<uint32_t*>(c.dst)[i / 4] = i < c.src_bytes ? static_cast<const uint32_t*>(c.src)[i / 4] : 0u;
}
void preempt();
void fence();
inline unsigned lane_id() { return (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) & 31u; }

bool in_device_memory(const void* p);

// All that decides where the threads of a launch read, write and wait, as bytes to compare: the kernel, its arguments,
// and of a pointer to real numbers which earlier pointer it equals and how it is aligned. A pointer to anything else may
// lead to places to read or write: what is there is not compared, so such a launch is like no other. A structure with
// pointers says `static constexpr bool only_real_numbers = true` if no other pointers to device memory are in it.
struct Likeness {
    std::string bytes;
    std::vector<const void*> pointers;
    bool comparable = true;

    void add_pointer(const void* p) {
        pointers.push_back(p);
        bytes += 'p';
        add(std::find(pointers.begin(), pointers.end(), p) - pointers.begin());
        add(p ? reinterpret_cast<uintptr_t>(p) % 256 : uintptr_t(256));
    }
    template <class T>
    void add(T a) {
        if constexpr (std::is_pointer_v<T> && !std::is_function_v<std::remove_pointer_t<T>>) {
            comparable &= std::is_floating_point_v<std::remove_cv_t<std::remove_pointer_t<T>>>;
            add_pointer(a);
        } else if constexpr (std::is_class_v<T>) {
            __builtin_clear_padding(&a);
            for (size_t at = 0; at < sizeof a; at += sizeof(void*)) {
                const char* from = reinterpret_cast<const char*>(&a) + at;
                const size_t n = std::min(sizeof a - at, sizeof(void*));
                const void* word = nullptr;
                memcpy(&word, from, n);
                if (in_device_memory(word)) {
                    comparable &= requires { T::only_real_numbers; };
                    add_pointer(word);
                } else {
                    (bytes += 'n').append(from, n);
                }
            }
        } else {
            bytes.append(reinterpret_cast<const char*>(&a), sizeof a);
        }
    }
};

void begin_launch(Site site);
void check_pointer_arg(const void* p, int index);
void run_grid(dim3 grid, dim3 block, size_t shared_bytes, void (*entry)(void*), void* closure, Likeness& like);

template <class T>
void check_arg(const T& a, int i) {
    if constexpr (std::is_pointer_v<T>) check_pointer_arg(reinterpret_cast<const void*>(a), i);
}
template <class... P>
struct Closure {
    void (*kernel)(P...);
    std::tuple<std::remove_cv_t<P>...> args;
    template <size_t... I>
    __forceinline__ void call(std::index_sequence<I...>) {
        kernel(std::get<I>(args)...);
    }
    EMULATOR_GLUE static void entry(void* self) { static_cast<Closure*>(self)->call(std::index_sequence_for<P...>{}); }
};
template <class... P, class... A>
void launch(Site site, void (*kernel)(P...), dim3 grid, dim3 block, size_t shared_bytes, A&&... args) {
    static_assert(sizeof...(P) == sizeof...(A), "wrong number of kernel arguments");
    Closure<P...> c{kernel, {static_cast<P>(std::forward<A>(args))...}};
    begin_launch(site);
    Likeness like;
    std::apply(
        [](auto&... a) {
            [[maybe_unused]] int i = 0;
            (check_arg(a, i++), ...);
        },
        c.args);
    if (options().alike) {
        like.add(kernel);
        std::apply([&like](auto&... a) { (like.add(a), ...); }, c.args);
    }
    run_grid(grid, block, shared_bytes, Closure<P...>::entry, &c, like);
}
}  // namespace adjoint::emulator
