// The machinery behind an update: from one rule, a function of numbers, the definition, the CPU kernels and the CUDA
// kernel follow. All inputs have one shape.
//
//   struct DescentRule { …; template <class S> ADJOINT_BOTH void operator()(S& p, S g) const { p -= S(rate) * g; } };
//   ADJOINT_UPDATE(descent, DescentRule, 2, 0b01)
//
// The rule takes one argument per input, by reference where it changes it: those bits are set in the last argument, and
// become the record's `aliases`. It keeps its settings as doubles, so that every device computes with the same numbers.
#pragma once
#include "engine/kernel_pass.h"
#include "engine/portable.h"
#include "kernels/math.h"

namespace adjoint {

// One step of `rule` at place i of its N arrays. What the rule does not change is written back unchanged, but only to
// arrays of the outputs: bit k of Written says that input k is one.
template <int N, int Written, class T, class Rule>
ADJOINT_BOTH ADJOINT_INLINE void update_at(const Rule& rule, T* const* x, int64_t i) {
    T v[4];
    for (int k = 0; k < N; ++k) v[k] = x[k][i];
    if constexpr (N == 1) rule(v[0]);
    if constexpr (N == 2) rule(v[0], v[1]);
    if constexpr (N == 3) rule(v[0], v[1], v[2]);
    if constexpr (N == 4) rule(v[0], v[1], v[2], v[3]);
    for (int k = 0; k < N; ++k)
        if (Written >> k & 1) x[k][i] = v[k];
}

template <class T, int N>
struct UpdateArrays {
    T* x[N];
    ADJOINT_INLINE explicit UpdateArrays(const KernelArguments& a) {
        for (int k = 0; k < N; ++k) x[k] = static_cast<T*>(a.inputs[k].data);
    }
};

}  // namespace adjoint

#if ADJOINT_HOST
#include "engine/operation.h"
namespace adjoint {

// Outputs: one per alias, of the inputs' common shape. Raises different shapes.
std::vector<TensorSpec> infer_update(const Signature&);
void require_setting(const Signature&, bool good, const char* name, const char* range);  // "beta1 = 1.2: it must be …"

template <class Rule, int N, int Written, class S>
void update_definition(const KernelArguments& a) {
    const Rule rule(a);
    const UpdateArrays<S, N> arrays(a);
    for (int64_t i = 0; i < a.in_view(0).size; ++i) update_at<N, Written>(rule, arrays.x, i);
}

}  // namespace adjoint

#define ADJOINT_UPDATE(op, Rule, N, Written)                                                                       \
    ADJOINT_DECLARE_KERNELS(op)                                                                                    \
    static Operation op##_kernels(Operation r) {                                                                   \
        r.kind = Kind::update;                                                                                     \
        r.min_inputs = r.max_inputs = N;                                                                           \
        r.writes = true;                                                                                           \
        r.not_differentiable = "it changes its inputs in place";                                                   \
        for (int k = 0; k < N; ++k)                                                                                \
            if ((Written) >> k & 1) r.aliases.push_back(k);                                                        \
        r.definition = {update_definition<Rule, N, Written, double>, update_definition<Rule, N, Written, Dual1>,   \
                        update_definition<Rule, N, Written, Dual2>, update_definition<Rule, N, Written, Dual3>};   \
        r.cpu = ADJOINT_CPU_KERNELS(op);                                                                           \
        r.gpu = ADJOINT_GPU_KERNELS(op);                                                                           \
        return r;                                                                                                  \
    }
#endif

#if ADJOINT_CPU
#include "engine/parallel.h"
namespace adjoint::ADJOINT_ISA {
namespace {

// Bound by memory: every array read once, the written ones written once.
template <class T, class Rule, int N, int Written>
void update_kernel(const KernelArguments& a) {
    const Rule rule(a);
    const UpdateArrays<T, N> arrays(a);
    constexpr int64_t grain = 16384;
    parallel_for(a.in_view(0).size, grain, [&](int64_t begin, int64_t end) __attribute__((always_inline)) {
        const UpdateArrays<T, N> local = arrays;  // in registers: no store below can change them
        const Rule r = rule;
#pragma GCC ivdep
        for (int64_t i = begin; i < end; ++i) update_at<N, Written>(r, local.x, i);
    });
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA

#define ADJOINT_UPDATE(op, Rule, N, Written)                                                        \
    namespace ADJOINT_ISA {                                                                         \
    void op##_f32(const KernelArguments& a) { update_kernel<float, Rule, N, Written>(a); }          \
    void op##_f64(const KernelArguments& a) { update_kernel<double, Rule, N, Written>(a); }         \
    }
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
namespace adjoint::gpu {
namespace {

// One thread per element. Bytes: every array read once, the written ones written once.
template <class T, class Rule, int N, int Written>
__global__ void update_elements(Rule rule, UpdateArrays<T, N> arrays, int64_t n) {
    const int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < n) update_at<N, Written>(rule, arrays.x, i);
}

template <class T, class Rule, int N, int Written>
void update_launch(const KernelArguments& a) {
    const int64_t n = a.in_view(0).size;
    if (n == 0) return;
    constexpr int block = 256;
    launch(update_elements<T, Rule, N, Written>, dim3(unsigned((n + block - 1) / block)), dim3(block), 0, a.stream,
           Rule(a), UpdateArrays<T, N>(a), n);
}

}  // namespace
}  // namespace adjoint::gpu

#define ADJOINT_UPDATE(op, Rule, N, Written)                                                        \
    namespace gpu {                                                                                 \
    void op##_f32(const KernelArguments& a) { update_launch<float, Rule, N, Written>(a); }          \
    void op##_f64(const KernelArguments& a) { update_launch<double, Rule, N, Written>(a); }         \
    }
#endif
