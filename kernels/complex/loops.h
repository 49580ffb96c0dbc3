// The CPU kernel of an operation on complex numbers, for CPU passes. Bound by memory: every input number is read once,
// every result written once. The loop over re, im pairs is plain: the compiler parts and joins the pairs in registers.
#pragma once
#include "engine/parallel.h"
#include "kernels/complex/rule.h"

namespace adjoint::ADJOINT_ISA {
namespace {

// n numbers of the result from inputs that advance (bit k of Mask set) or stay.
template <class T, class Rule, int Mask>
inline void complex_row(const Rule& shared_rule, T* __restrict__ y, const T* x0, const T* x1, const T* x2, int64_t n) {
    const Rule rule = shared_rule;  // its settings in registers: for all the compiler knows, y overwrites the other
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i)
        apply_rule(rule, y, i, x0, x1, x2, Mask & 1 ? i : 0, Mask & 2 ? i : 0, Mask & 4 ? i : 0);
}

template <class T, class Rule, int Mask = 0>
inline void complex_dispatch(int mask, const Rule& rule, T* y, const T* x0, const T* x1, const T* x2, int64_t n) {
    if (mask == Mask)
        complex_row<T, Rule, Mask>(rule, y, x0, x1, x2, n);
    else if constexpr (Mask + 1 < (1 << Rule::inputs))
        complex_dispatch<T, Rule, Mask + 1>(mask, rule, y, x0, x1, x2, n);
}

template <class T, class Rule>
void complex_kernel(const Rule& rule, const Broadcast<Rule::inputs>& b, const KernelArguments& a) {
    constexpr int N = Rule::inputs;
    const int last = b.rank - 1;
    const int64_t row = b.size[last];
    int mask = b.stride[0][last] ? 1 : 0;
    if constexpr (N > 1) mask |= b.stride[1][last] ? 2 : 0;
    if constexpr (N > 2) mask |= b.stride[2][last] ? 4 : 0;
    constexpr int64_t grain = 8192;  // numbers: 64 KB of complex float32
    parallel_for(b.total, grain, [&](int64_t begin, int64_t end) __attribute__((always_inline)) {
        while (begin < end) {
            const int64_t within = begin % row;
            const int64_t n = row - within < end - begin ? row - within : end - begin;
            auto at = [&](int k) __attribute__((always_inline)) {
                if (k >= N) return static_cast<const T*>(nullptr);
                return a.in<T>(k) + (Rule::is_complex(k) ? 2 : 1) * input_offset(b, k, begin);
            };
            complex_dispatch<T, Rule>(mask, rule, a.out<T>(0) + (Rule::result_is_complex ? 2 : 1) * begin, at(0), at(1),
                                      at(2), n);
            begin += n;
        }
    });
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
