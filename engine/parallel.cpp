// The threads behind parallel loops.
//
// A loop is published by storing the number of its chunks in `unclaimed`; whoever lowers that number by one owns one
// chunk. Only an owner reads the loop's description, and the caller does not leave (so the description does not change)
// before every chunk is done: a worker that wakes too late finds nothing to claim and touches nothing.
#include "engine/parallel.h"

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/error.h"

namespace adjoint {

namespace {

constexpr int most_threads = 1024;
constexpr int spins = 2000;  // some 50 µs: the gap between two kernels of a training step, well below a scheduler tick

int usable_cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
    int n = int(std::thread::hardware_concurrency());
    return n > 0 ? n : 1;
}

int default_threads() {
    const char* asked = std::getenv("ADJOINT_THREADS");
    if (!asked || !*asked) return usable_cores() < most_threads ? usable_cores() : most_threads;
    char* end = nullptr;
    long n = std::strtol(asked, &end, 10);
    if (*end || n < 1 || n > most_threads)
        fail(ExitCode::usage, std::string("ADJOINT_THREADS=") + asked, "this is no number of threads",
             "use 1 to " + std::to_string(most_threads) + ", or unset it");
    return int(n);
}

std::atomic<int>& wanted_threads() {
    static std::atomic<int> n{default_threads()};
    return n;
}

thread_local bool inside_loop = false;

inline void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

// Waits until `value` is no longer `old`: awake for a short while if that is sensible, then asleep.
template <class T>
void wait_for_change(std::atomic<T>& value, T old, bool spin) {
    if (spin)
        for (int i = 0; i < spins; i++) {
            if (value.load(std::memory_order_acquire) != old) return;
            relax();
        }
    value.wait(old, std::memory_order_acquire);
}

// Runs one chunk; keeps the exception of the lowest chunk, so that the error too does not depend on the threads.
struct Loop {
    LoopBody body = nullptr;
    const void* context = nullptr;
    int64_t count = 0, grain = 1, chunks = 0;

    std::mutex error_mutex;
    std::exception_ptr error;
    int64_t error_chunk = 0;

    void run(int64_t chunk) {
        int64_t begin = chunk * grain, end = count - begin > grain ? begin + grain : count;
        try {
            body(context, begin, end);
        } catch (...) {
            std::lock_guard<std::mutex> lock(error_mutex);
            if (!error || chunk < error_chunk) error = std::current_exception(), error_chunk = chunk;
        }
    }
};

class Pool {
public:
    std::mutex in_use;  // held by the one caller whose loop runs

    void run(LoopBody body, const void* context, int64_t count, int64_t grain, int64_t chunks, int threads) {
        resize(threads - 1);
        loop_.body = body, loop_.context = context, loop_.count = count, loop_.grain = grain, loop_.chunks = chunks;
        unfinished_.store(chunks, std::memory_order_relaxed);
        unclaimed_.store(chunks, std::memory_order_release);
        epoch_.fetch_add(1, std::memory_order_release);
        epoch_.notify_all();

        work();
        while (int64_t left = unfinished_.load(std::memory_order_acquire)) wait_for_change(unfinished_, left, spin_);
        if (loop_.error) {
            std::exception_ptr error = nullptr;
            std::swap(error, loop_.error);
            std::rethrow_exception(error);
        }
    }

    void resize(int workers) {
        if (workers == int(workers_.size())) return;
        stop();
        spin_ = workers + 1 <= usable_cores();
        unsigned now = epoch_.load();
        for (int i = 0; i < workers; i++) workers_.emplace_back([this, now] { serve(now); });
    }

    void stop() {
        stopping_.store(true, std::memory_order_relaxed);
        epoch_.fetch_add(1, std::memory_order_release);
        epoch_.notify_all();
        for (std::thread& t : workers_) t.join();
        workers_.clear();
        stopping_.store(false, std::memory_order_relaxed);
    }

private:
    void serve(unsigned seen) {
        inside_loop = true;
        for (;;) {
            wait_for_change(epoch_, seen, spin_);
            seen = epoch_.load(std::memory_order_acquire);
            if (stopping_.load(std::memory_order_relaxed)) return;
            work();
        }
    }

    void work() {
        int64_t left = unclaimed_.load(std::memory_order_acquire);
        while (left > 0) {
            if (!unclaimed_.compare_exchange_weak(left, left - 1, std::memory_order_acq_rel, std::memory_order_acquire))
                continue;
            loop_.run(loop_.chunks - left);
            if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_all();
            left = unclaimed_.load(std::memory_order_acquire);
        }
    }

    Loop loop_;
    std::vector<std::thread> workers_;
    bool spin_ = true;
    alignas(64) std::atomic<int64_t> unclaimed_{0};
    alignas(64) std::atomic<int64_t> unfinished_{0};
    alignas(64) std::atomic<unsigned> epoch_{0};
    std::atomic<bool> stopping_{false};
};

std::atomic<Pool*> the_pool{nullptr};
std::atomic<bool> process_ends{false};

// A child of fork() has none of the threads: it forgets the pool (whose memory stays behind) and makes its own.
void forget_pool() { the_pool.store(nullptr); }

Pool& pool() {
    static std::mutex making;
    static std::once_flag once;
    if (Pool* p = the_pool.load(std::memory_order_acquire)) return *p;
    std::call_once(once, [] { pthread_atfork(nullptr, nullptr, forget_pool); });
    std::lock_guard<std::mutex> lock(making);
    if (!the_pool.load(std::memory_order_relaxed)) the_pool.store(new Pool, std::memory_order_release);
    return *the_pool.load(std::memory_order_relaxed);
}

// At exit the threads are joined, unless exit() was called while a loop runs: then the system ends them.
struct Ender {
    ~Ender() {
        process_ends.store(true);
        Pool* p = the_pool.load();
        if (!p || inside_loop || !p->in_use.try_lock()) return;
        p->stop();
        p->in_use.unlock();
        the_pool.store(nullptr);
        delete p;
    }
} ender;

void run_alone(LoopBody body, const void* context, int64_t count, int64_t grain, int64_t chunks) {
    Loop loop;
    loop.body = body, loop.context = context, loop.count = count, loop.grain = grain, loop.chunks = chunks;
    for (int64_t chunk = 0; chunk < chunks; chunk++) loop.run(chunk);
    if (loop.error) std::rethrow_exception(loop.error);
}

// Marks the calling thread as inside a loop, also when an exception leaves it.
struct Inside {
    const bool before = inside_loop;
    Inside() { inside_loop = true; }
    ~Inside() { inside_loop = before; }
};

}  // namespace

int threads() { return wanted_threads().load(std::memory_order_relaxed); }

void set_threads(int n) {
    if (n < 1 || n > most_threads)
        fail(ExitCode::usage, std::to_string(n) + " threads", "this is no number of threads",
             "use 1 to " + std::to_string(most_threads));
    wanted_threads().store(n, std::memory_order_relaxed);
}

SingleThread::SingleThread() : before_(inside_loop) { inside_loop = true; }
SingleThread::~SingleThread() { inside_loop = before_; }

void parallel_chunks(int64_t count, int64_t grain, LoopBody body, const void* context) {
    if (count <= 0) return;
    if (grain < 1) grain = 1;
    int64_t chunks = (count - 1) / grain + 1;
    bool alone = chunks == 1 || inside_loop || threads() == 1 || process_ends.load(std::memory_order_relaxed);
    if (!alone) {
        // Another thread of the program may be in a loop of its own: then this one does not wait for the workers.
        Pool& p = pool();
        std::unique_lock<std::mutex> lock(p.in_use, std::try_to_lock);
        if (lock.owns_lock()) {
            Inside mark;
            return p.run(body, context, count, grain, chunks, threads());
        }
    }
    run_alone(body, context, count, grain, chunks);
}

}  // namespace adjoint
