// The machinery behind a pointwise operation: from one rule, a function of numbers, the definition, the CPU kernels and
// the CUDA kernel follow.
//
//   struct SquareRule : StatelessRule { template <class S> ADJOINT_BOTH S operator()(S x) const { return x * x; } };
//   ADJOINT_POINTWISE(square, SquareRule, 1)
//
// A rule with settings has a constructor from KernelArguments instead, and keeps them as doubles. The rule must be
// branch-free or nearly so (`? :` is fine): the CPU kernel relies on the compiler turning its loop into vector code.
// Where such a form does not reach every argument, the rule has two more members, used in CPU passes only:
// outside(x…), is this one out of reach, and exact(x…), the value there.
//
// ADJOINT_POINTWISE_GRADIENT(square, SquareGradient, input()) adds the fast gradient, used when no second derivative is
// wanted: dL/dx as a rule of dL/dy and the input (or output()) in one pass, where the differentiable gradient, written
// in operations, takes several. The battery holds one against the other.
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
#include "kernels/pointwise/record.h"

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

#define ADJOINT_POINTWISE_GRADIENT(op, Rule, saved)                                                          \
    ADJOINT_POINTWISE(op##_gradient, Rule, 2)                                                                \
    static std::vector<Tensor> fast_gradient_of_##op(const GradientCall& c) {                                \
        static const Operation gradient = op##_gradient_kernels({.name = "gradient of " #op});               \
        return {gradient({c.cotangent(), c.saved}, c.attributes())};                                         \
    }
#else
#define ADJOINT_POINTWISE_GRADIENT(op, Rule, saved) ADJOINT_POINTWISE(op##_gradient, Rule, 2)
#endif

#if ADJOINT_CPU
#include "kernels/pointwise/loops.h"

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

// One thread per output element. Bytes: every input element once, every output once; flops: the rule's. Index is
// int32_t wherever that is enough: the divisions of broadcasting cost several times less in it.
template <class T, class Rule, int N, class Index>
__global__ void pointwise_elements(Rule rule, Broadcast<N> b, const T* x0, const T* x1, const T* x2, T* y) {
    const int64_t element = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (element >= b.total) return;
    const Index i = Index(element);
    const T u = x0[input_offset(b, 0, i)];
    if constexpr (N == 1) y[i] = rule(u);
    if constexpr (N > 1) {
        const T v = x1[input_offset(b, 1, i)];
        if constexpr (N == 2) y[i] = rule(u, v);
        if constexpr (N == 3) y[i] = rule(u, v, x2[input_offset(b, 2, i)]);
    }
}

template <class T, class Rule, int N>
void pointwise_launch(const KernelArguments& a) {
    const Broadcast<N> b = plan_broadcast<N>(a.inputs, a.outputs[0]);
    if (b.total == 0) return;
    constexpr int block = 256;
    const dim3 grid(unsigned((b.total + block - 1) / block));
    auto* kernel = pointwise_elements<T, Rule, N, int32_t>;
    if (b.total > INT32_MAX) kernel = pointwise_elements<T, Rule, N, int64_t>;
    launch(kernel, grid, dim3(block), 0, a.stream, Rule(a), b, a.in<T>(0), a.in<T>(N > 1 ? 1 : 0),
           a.in<T>(N > 2 ? 2 : 0), a.out<T>(0));
}

}  // namespace
}  // namespace adjoint::gpu

#define ADJOINT_POINTWISE(op, Rule, N)                                                     \
    namespace gpu {                                                                        \
    void op##_f32(const KernelArguments& a) { pointwise_launch<float, Rule, N>(a); }       \
    void op##_f64(const KernelArguments& a) { pointwise_launch<double, Rule, N>(a); }      \
    }
#endif
