// The machinery behind an operation that works number by number on complex (and real) arrays, with broadcasting: from
// one rule, the definition, the CPU kernels and the CUDA kernel follow, as for real ones in kernels/pointwise/rule.h.
//
//   struct ScaleRule : ComplexRule<true, true, false> {   // complex result; a complex and a real input
//       using ComplexRule::ComplexRule;
//       template <class S> ADJOINT_BOTH ADJOINT_INLINE Pair<S> operator()(Pair<S> z, S r) const { return r * z; }
//   };
//   ADJOINT_COMPLEX_POINTWISE(complex_scale, ScaleRule)
//
// Complex arrays have a last axis of 2 (re, im). Broadcasting looks at the other axes alone: those of a complex array
// without its last one, all of those of a real array.
#pragma once
#include "engine/kernel_pass.h"
#include "engine/portable.h"
#include "kernels/complex/pair.h"
#include "kernels/math.h"
#include "kernels/pointwise/broadcast.h"

namespace adjoint {

namespace {
template <bool complex_result, bool... complex_inputs>
struct ComplexRule {
    static constexpr int inputs = int(sizeof...(complex_inputs));
    static constexpr bool result_is_complex = complex_result;
    ADJOINT_BOTH static constexpr bool is_complex(int i) {
        constexpr bool flags[] = {complex_inputs...};
        return flags[i];
    }
    ComplexRule() = default;
    ADJOINT_INLINE explicit ComplexRule(const KernelArguments&) {}
};
}  // namespace

// A complex array as an array of complex numbers.
ADJOINT_INLINE ArrayView without_parts(const ArrayView& x) { return {x.data, x.shape, x.rank - 1, x.size / 2}; }

// How the inputs are walked; strides are in numbers, complex or real.
template <class Rule>
ADJOINT_INLINE Broadcast<Rule::inputs> plan_complex(const KernelArguments& a) {
    ArrayView in[Rule::inputs];
    for (int k = 0; k < Rule::inputs; ++k) in[k] = Rule::is_complex(k) ? without_parts(a.in_view(k)) : a.in_view(k);
    return plan_broadcast<Rule::inputs>(in, Rule::result_is_complex ? without_parts(a.out_view(0)) : a.out_view(0));
}

namespace {

// Number i of input k, complex or real as the rule says.
template <class Rule, int k, class S>
ADJOINT_BOTH ADJOINT_INLINE auto number_at(const S* x, int64_t i) {
    if constexpr (Rule::is_complex(k))
        return pair_at(x, i);
    else
        return x[i];
}
template <class Rule, class S, class Y>
ADJOINT_BOTH ADJOINT_INLINE void put_number(S* y, int64_t i, Y value) {
    if constexpr (Rule::result_is_complex)
        put_pair(y, i, value);
    else
        y[i] = value;
}

// y_i = rule of the inputs' numbers at[0], at[1], …
template <class Rule, class S>
ADJOINT_BOTH ADJOINT_INLINE void apply_rule(const Rule& rule, S* y, int64_t i, const S* x0, const S* x1, const S* x2,
                                            int64_t at0, int64_t at1, int64_t at2) {
    if constexpr (Rule::inputs == 1) put_number<Rule>(y, i, rule(number_at<Rule, 0>(x0, at0)));
    if constexpr (Rule::inputs == 2)
        put_number<Rule>(y, i, rule(number_at<Rule, 0>(x0, at0), number_at<Rule, 1>(x1, at1)));
    if constexpr (Rule::inputs == 3)
        put_number<Rule>(y, i,
                         rule(number_at<Rule, 0>(x0, at0), number_at<Rule, 1>(x1, at1), number_at<Rule, 2>(x2, at2)));
}

}  // namespace
}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/complex/record.h"

#define ADJOINT_COMPLEX_POINTWISE(op, Rule)                                                                  \
    ADJOINT_DECLARE_KERNELS(op)                                                                              \
    static Operation op##_kernels(Operation r) {                                                             \
        r.infer = infer_complex<Rule>;                                                                       \
        r.min_inputs = r.max_inputs = Rule::inputs;                                                          \
        r.definition = {complex_definition<Rule, double>, complex_definition<Rule, Dual1>,                   \
                        complex_definition<Rule, Dual2>, complex_definition<Rule, Dual3>};                   \
        r.cpu = ADJOINT_CPU_KERNELS(op);                                                                     \
        r.gpu = ADJOINT_GPU_KERNELS(op);                                                                     \
        return r;                                                                                            \
    }
#endif

#if ADJOINT_CPU
#include "kernels/complex/loops.h"

#define ADJOINT_COMPLEX_POINTWISE(op, Rule)                                                                          \
    namespace ADJOINT_ISA {                                                                                          \
    void op##_f32(const KernelArguments& a) { complex_kernel<float, Rule>(Rule(a), plan_complex<Rule>(a), a); }      \
    void op##_f64(const KernelArguments& a) { complex_kernel<double, Rule>(Rule(a), plan_complex<Rule>(a), a); }     \
    }
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
namespace adjoint::gpu {
namespace {

// One thread per number of the result: neighbours read and write neighbouring pairs. Bytes: every input number once,
// every result once; flops: the rule's (6 for a complex product). Bound by memory.
template <class T, class Rule, class Index>
__global__ void complex_elements(Rule rule, Broadcast<Rule::inputs> b, const T* x0, const T* x1, const T* x2, T* y) {
    const int64_t element = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (element >= b.total) return;
    const Index i = Index(element);
    const Index at0 = input_offset(b, 0, i);
    const Index at1 = Rule::inputs > 1 ? input_offset(b, Rule::inputs > 1 ? 1 : 0, i) : 0;
    const Index at2 = Rule::inputs > 2 ? input_offset(b, Rule::inputs > 2 ? 2 : 0, i) : 0;
    apply_rule(rule, y, element, x0, x1, x2, int64_t(at0), int64_t(at1), int64_t(at2));
}

template <class T, class Rule>
void complex_launch(const Rule& rule, const Broadcast<Rule::inputs>& b, const KernelArguments& a) {
    if (b.total == 0) return;
    constexpr int block = 256;
    const dim3 grid(unsigned((b.total + block - 1) / block));
    auto* kernel = complex_elements<T, Rule, int32_t>;
    if (b.total > INT32_MAX) kernel = complex_elements<T, Rule, int64_t>;
    launch(kernel, grid, dim3(block), 0, a.stream, rule, b, a.in<T>(0), a.in<T>(Rule::inputs > 1 ? 1 : 0),
           a.in<T>(Rule::inputs > 2 ? 2 : 0), a.out<T>(0));
}

}  // namespace
}  // namespace adjoint::gpu

#define ADJOINT_COMPLEX_POINTWISE(op, Rule)                                                                          \
    namespace gpu {                                                                                                  \
    void op##_f32(const KernelArguments& a) { complex_launch<float, Rule>(Rule(a), plan_complex<Rule>(a), a); }      \
    void op##_f64(const KernelArguments& a) { complex_launch<double, Rule>(Rule(a), plan_complex<Rule>(a), a); }     \
    }
#endif
