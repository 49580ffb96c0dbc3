// The machinery behind layout operations: every output element is a copy of one input element, or 0.
//
// A move is described per output axis k by a small map from the output's index i_k to an input index, and the input
// index's stride; so a kernel needs no list of indices. Maps:
//   straight   j = first + step·i                       (slice, permute, flip; out of [0, n): the element is 0 — padding)
//   rolled     j = (i + first) mod n                    (roll)
//   reflected  j = first + i, mirrored at 0 and n−1     (reflect padding, edge not repeated)
//   clamped    j = min(max(first + i, 0), n−1)          (replicate padding)
//   spread_out j = (i − first)/step where that is whole (the adjoint of straight)
// The adjoint of a straight or rolled move is again a move; reflected and clamped ones are folded back (fold.cu).
#pragma once
#include "engine/kernel_pass.h"
#include "engine/portable.h"

namespace adjoint {

enum MoveMap : int { straight, rolled, reflected, clamped, spread_out };

struct Move {
    int rank;
    int64_t total;          // output elements
    int64_t size[8];        // output axes, slowest first
    int64_t first[8], step[8];
    int64_t limit[8];       // size of the input axis that output axis k reads
    int64_t stride[8];      // of that input axis, in elements
    int map[8];
};

// The input index for output index i along axis k; −1: there is none, the element is 0.
ADJOINT_BOTH ADJOINT_INLINE int64_t moved(const Move& m, int k, int64_t i) {
    const int64_t n = m.limit[k];
    if (m.map[k] == spread_out) {
        const int64_t d = i - m.first[k], j = d / m.step[k];
        return d % m.step[k] || j < 0 || j >= n ? -1 : j;
    }
    int64_t j = m.first[k] + m.step[k] * i;
    if (m.map[k] == rolled) {
        j %= n;
        return j < 0 ? j + n : j;
    }
    if (m.map[k] == reflected) {
        if (n == 1) return 0;
        const int64_t period = 2 * (n - 1);
        j %= period;
        if (j < 0) j += period;
        return j < n ? j : period - j;
    }
    if (m.map[k] == clamped) return j < 0 ? 0 : j < n ? j : n - 1;
    return j < 0 || j >= n ? -1 : j;
}

// Where output element `index` finds its value in the input; −1: nowhere.
ADJOINT_BOTH ADJOINT_INLINE int64_t source_of(const Move& m, int64_t index) {
    int64_t offset = 0;
    for (int k = m.rank - 1; k >= 0; --k) {
        const int64_t q = index / m.size[k], j = moved(m, k, index - q * m.size[k]);
        if (j < 0) return -1;
        offset += j * m.stride[k];
        index = q;
    }
    return offset;
}

}  // namespace adjoint

#if ADJOINT_HOST
#include "engine/operation.h"
namespace adjoint {
template <Move (*plan)(const KernelArguments&), class S>
void move_definition(const KernelArguments& a) {
    const Move m = plan(a);
    for (int64_t i = 0; i < m.total; ++i) {
        const int64_t from = source_of(m, i);
        a.out<S>(0)[i] = from < 0 ? S(0.0) : a.in<S>(0)[from];
    }
}
}  // namespace adjoint
#define ADJOINT_MOVE(op, plan)                                                                                    \
    ADJOINT_DECLARE_KERNELS(op)                                                                                   \
    static Operation op##_kernels(Operation r) {                                                                  \
        r.kind = Kind::linear;                                                                                    \
        r.definition = {move_definition<plan, double>, move_definition<plan, Dual1>, move_definition<plan, Dual2>, \
                        move_definition<plan, Dual3>};                                                            \
        r.cpu = ADJOINT_CPU_KERNELS(op);                                                                          \
        r.gpu = ADJOINT_GPU_KERNELS(op);                                                                          \
        return r;                                                                                                 \
    }
#endif

#if ADJOINT_CPU
#include "kernels/layout/move_cpu.h"
#define ADJOINT_MOVE(op, plan)                                                   \
    namespace ADJOINT_ISA {                                                      \
    void op##_f32(const KernelArguments& a) { move<float>(plan(a), a); }         \
    void op##_f64(const KernelArguments& a) { move<double>(plan(a), a); }        \
    }
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
namespace adjoint::gpu {
namespace {

// One thread per output element: reads and writes each once, neighbouring threads write neighbouring elements.
template <class T>
__global__ void move_elements(Move m, const T* x, T* y) {
    const int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= m.total) return;
    const int64_t from = source_of(m, i);
    y[i] = from < 0 ? T(0) : x[from];
}

template <class T>
void move(const Move& m, const KernelArguments& a) {
    if (m.total == 0) return;
    launch(move_elements<T>, dim3(unsigned((m.total + 255) / 256)), dim3(256), 0, a.stream, m, a.in<T>(0), a.out<T>(0));
}

}  // namespace
}  // namespace adjoint::gpu
#define ADJOINT_MOVE(op, plan)                                                   \
    namespace gpu {                                                              \
    void op##_f32(const KernelArguments& a) { move<float>(plan(a), a); }         \
    void op##_f64(const KernelArguments& a) { move<double>(plan(a), a); }        \
    }
#endif
