// The machinery behind a pointwise operation: from one rule, a function of numbers, the definition, the CPU kernels and
// the CUDA kernel follow.
//
//   struct SquareRule : StatelessRule { template <class S> ADJOINT_BOTH S operator()(S x) const { return x * x; } };
//   ADJOINT_POINTWISE(square, SquareRule, 1)
//
// A rule with settings has a constructor from KernelArguments instead, and keeps them as doubles. The rule must be
// branch-free or nearly so (`? :` is fine): the CPU kernel relies on the compiler turning its loop into vector code.
#pragma once
#include "engine/kernel_pass.h"
#include "engine/portable.h"
#include "kernels/math.h"
#include "kernels/pointwise/broadcast.h"

namespace adjoint {

struct StatelessRule {
    StatelessRule() = default;
    ADJOINT_INLINE explicit StatelessRule(const KernelArguments&) {}
};

}  // namespace adjoint

#if ADJOINT_HOST
#include "engine/operation.h"
namespace adjoint {

std::vector<TensorSpec> infer_pointwise(const Signature&);

template <class Rule, int N, class S>
void pointwise_definition(const KernelArguments& a) {
    Rule rule(a);
    Broadcast<N> b = plan_broadcast<N>(a.inputs, a.outputs[0]);
    S* y = a.out<S>(0);
    for (int64_t i = 0; i < b.total; ++i) {
        auto x = [&](int k) { return a.in<S>(k)[input_offset(b, k, i)]; };
        if constexpr (N == 1) y[i] = rule(x(0));
        if constexpr (N == 2) y[i] = rule(x(0), x(1));
        if constexpr (N == 3) y[i] = rule(x(0), x(1), x(2));
    }
}

}  // namespace adjoint

#define ADJOINT_POINTWISE(op, Rule, N)                                                                       \
    ADJOINT_DECLARE_KERNELS(op)                                                                              \
    static Operation op##_kernels(Operation r) {                                                             \
        r.kind = Kind::pointwise;                                                                            \
        r.infer = infer_pointwise;                                                                           \
        r.min_inputs = r.max_inputs = N;                                                                     \
        r.definition = {pointwise_definition<Rule, N, double>, pointwise_definition<Rule, N, Dual1>,         \
                        pointwise_definition<Rule, N, Dual2>, pointwise_definition<Rule, N, Dual3>};         \
        r.cpu = ADJOINT_CPU_KERNELS(op);                                                                     \
        r.gpu = ADJOINT_GPU_KERNELS(op);                                                                     \
        return r;                                                                                            \
    }
#endif

#if ADJOINT_CPU
#include "engine/parallel.h"
namespace adjoint::ADJOINT_ISA {
namespace {

// y[0…n) from inputs that advance (bit k of Mask set) or stay.
template <class T, int N, int Mask, class Rule>
inline void pointwise_row(const Rule& rule, T* __restrict__ y, const T* const* x, int64_t n) {
    const T* x0 = x[0];
    const T* x1 = N > 1 ? x[1] : x[0];
    const T* x2 = N > 2 ? x[2] : x[0];
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) {
        T a = x0[Mask & 1 ? i : 0];
        if constexpr (N == 1) y[i] = rule(a);
        if constexpr (N == 2) y[i] = rule(a, x1[Mask & 2 ? i : 0]);
        if constexpr (N == 3) y[i] = rule(a, x1[Mask & 2 ? i : 0], x2[Mask & 4 ? i : 0]);
    }
}

template <class T, int N, class Rule, int Mask = 0>
inline void pointwise_dispatch(int mask, const Rule& rule, T* y, const T* const* x, int64_t n) {
    if (mask == Mask)
        pointwise_row<T, N, Mask>(rule, y, x, n);
    else if constexpr (Mask + 1 < (1 << N))
        pointwise_dispatch<T, N, Rule, Mask + 1>(mask, rule, y, x, n);
}

template <class T, class Rule, int N>
void pointwise_kernel(const KernelArguments& a) {
    const Rule rule(a);
    const Broadcast<N> b = plan_broadcast<N>(a.inputs, a.outputs[0]);
    const int last = b.rank - 1;
    const int64_t row = b.size[last];
    int mask = 0;
    // (g++ 12 miscompiles `(condition ? 1 : 0) << k` under its undefined-behaviour sanitizer.)
    for (int k = 0; k < N; ++k) mask |= b.stride[k][last] ? 1 << k : 0;
    T* y = a.out<T>(0);
    constexpr int64_t grain = 16384;  // elements: a few microseconds of work, well inside L2
    parallel_for(b.total, grain, [&](int64_t begin, int64_t end) __attribute__((always_inline)) {
        while (begin < end) {
            int64_t within = begin % row;
            int64_t n = row - within < end - begin ? row - within : end - begin;
            const T* x[N];
            for (int k = 0; k < N; ++k) x[k] = a.in<T>(k) + input_offset(b, k, begin);
            pointwise_dispatch<T, N>(mask, rule, y + begin, x, n);
            begin += n;
        }
    });
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA

#define ADJOINT_POINTWISE(op, Rule, N)                                                     \
    namespace ADJOINT_ISA {                                                                \
    void op##_f32(const KernelArguments& a) { pointwise_kernel<float, Rule, N>(a); }       \
    void op##_f64(const KernelArguments& a) { pointwise_kernel<double, Rule, N>(a); }      \
    }
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
namespace adjoint::gpu {
namespace {

// One thread per output element. Bytes: every input element once, every output once; flops: the rule's.
template <class T, class Rule, int N>
__global__ void pointwise_elements(Rule rule, Broadcast<N> b, const T* x0, const T* x1, const T* x2, T* y) {
    const int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= b.total) return;
    const bool flat = b.rank == 1;
    const T u = x0[flat ? i * b.stride[0][0] : input_offset(b, 0, i)];
    if constexpr (N == 1) y[i] = rule(u);
    if constexpr (N > 1) {
        const T v = x1[flat ? i * b.stride[1][0] : input_offset(b, 1, i)];
        if constexpr (N == 2) y[i] = rule(u, v);
        if constexpr (N == 3) y[i] = rule(u, v, x2[flat ? i * b.stride[2][0] : input_offset(b, 2, i)]);
    }
}

template <class T, class Rule, int N>
void pointwise_launch(const KernelArguments& a) {
    const Broadcast<N> b = plan_broadcast<N>(a.inputs, a.outputs[0]);
    if (b.total == 0) return;
    constexpr int block = 256;
    launch(pointwise_elements<T, Rule, N>, dim3(unsigned((b.total + block - 1) / block)), dim3(block), 0, a.stream,
           Rule(a), b, a.in<T>(0), N > 1 ? a.in<T>(N > 1 ? 1 : 0) : nullptr, N > 2 ? a.in<T>(N > 2 ? 2 : 0) : nullptr,
           a.out<T>(0));
}

}  // namespace
}  // namespace adjoint::gpu

#define ADJOINT_POINTWISE(op, Rule, N)                                                     \
    namespace gpu {                                                                        \
    void op##_f32(const KernelArguments& a) { pointwise_launch<float, Rule, N>(a); }       \
    void op##_f64(const KernelArguments& a) { pointwise_launch<double, Rule, N>(a); }      \
    }
#endif
