// Functions of one number, for any scalar type in any pass.
//
// Host and GPU passes: the standard library's (dual numbers bring their own, found by their type). CPU passes, float: the
// branch-free forms of kernels/math_cpu.h, which the compiler turns into vector code inside a plain loop
// `for (i…) y[i] = math::exp(x[i])`; double: such forms for exp, sin and cos, the standard library's for the others.
//
// Errors of the CPU forms in float32, measured over all or very many inputs (tests/kernels/math_accuracy.cpp): exp, log,
// tanh, sigmoid, erf at most 2 units in the last place everywhere, denormal results, infinities and NaN included; sin and
// cos at most 1e-7 absolute for |x| ≤ 2^44. Beyond that the forms for one number are NaN (follow the loop by
// math::repair_sin or repair_cos); sincos of vectors is right everywhere.
#pragma once
#include <cmath>

#include "engine/portable.h"

#if ADJOINT_CPU
#include "kernels/math_cpu.h"
#endif

namespace adjoint::math {

// One inner namespace per pass, for the linker: the same name may be compiled for several instruction sets.
#if ADJOINT_CPU
inline namespace ADJOINT_ISA {
#elif ADJOINT_GPU
inline namespace gpu_pass {
#else
inline namespace host_pass {
#endif

#if ADJOINT_CPU
#define ADJOINT_MATH(function)                            \
    template <class S>                                    \
    ADJOINT_INLINE S function(S x) {                      \
        if constexpr (cpu::has_##function<S>) {           \
            return cpu::function(x);                      \
        } else {                                          \
            using std::function;                          \
            return function(x);                           \
        }                                                 \
    }
#else
#define ADJOINT_MATH(function)                            \
    template <class S>                                    \
    ADJOINT_BOTH ADJOINT_INLINE S function(S x) {         \
        using std::function;                              \
        return function(x);                               \
    }
#endif
ADJOINT_MATH(exp)
ADJOINT_MATH(log)
ADJOINT_MATH(sin)
ADJOINT_MATH(cos)
ADJOINT_MATH(tanh)
ADJOINT_MATH(erf)
#undef ADJOINT_MATH

template <class S>
ADJOINT_BOTH ADJOINT_INLINE S sqrt(S x) {
    using std::sqrt;
    return sqrt(x);
}
template <class S>
ADJOINT_BOTH ADJOINT_INLINE S abs(S x) {
    using std::abs;
    return abs(x);
}

// sin x and cos x for the price of little more than one.
template <class S>
ADJOINT_BOTH ADJOINT_INLINE void sincos(S x, S* sine, S* cosine) {
#if ADJOINT_CPU
    cpu::sincos(x, sine, cosine);  // S: float, double or a Vector of these
#else
    *sine = math::sin(x);
    *cosine = math::cos(x);
#endif
}

// 1 / (1 + e^−x), without overflow and with full relative accuracy on both sides: e / t below 0 and 1 / t above, with
// e = e^−|x| and t = 1 + e; what rounding took from t is put back to first order.
template <class S>
ADJOINT_BOTH ADJOINT_INLINE S sigmoid(S x) {
    S e = math::exp(x < S(0) ? x : -x);
    S t = S(1) + e, lost = e - (t - S(1));
    S q = (x < S(0) ? e : S(1)) / t;
    S reciprocal = x < S(0) ? S(1) - q : q;  // of t
    return q - q * (lost * reciprocal);
}

}  // namespace
}  // namespace adjoint::math
