// Deterministic parallel loops.
//
// A loop over `count` items is cut into chunks whose boundaries depend on `count` and `grain` alone, never on the
// number of threads; idle threads claim chunks. So a kernel that writes disjoint outputs per chunk, or keeps one
// partial result per chunk and adds them in chunk order, gives the same bits for any number of threads.
#pragma once
#include <cstdint>

namespace adjoint {

// Threads that parallel loops may use, the caller included; at least 1.
// Default: the environment variable ADJOINT_THREADS, else the cores this process may run on.
int threads();
void set_threads(int n);

// While it lives, the loops of the calling thread run on that thread alone, and leave the others to the rest of the
// program: for work in the background.
class SingleThread {
public:
    SingleThread();
    ~SingleThread();
    SingleThread(const SingleThread&) = delete;
    SingleThread& operator=(const SingleThread&) = delete;

private:
    bool before_;
};

// Runs body(context, begin, end) over [0, count) in chunks of `grain` items (the last one may be shorter).
// A nested call runs on the calling thread alone. An exception in a body is rethrown on the caller after all chunks.
using LoopBody = void (*)(const void* context, int64_t begin, int64_t end);
void parallel_chunks(int64_t count, int64_t grain, LoopBody body, const void* context);

// The same for any callable body(begin, end).
template <class Body>
inline __attribute__((always_inline)) void parallel_for(int64_t count, int64_t grain, const Body& body) {
    parallel_chunks(
        count, grain, [](const void* b, int64_t begin, int64_t end) { (*static_cast<const Body*>(b))(begin, end); },
        &body);
}

}  // namespace adjoint
