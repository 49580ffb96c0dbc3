// Branch-free exp, log, sin, cos, tanh, erf for the CPU passes. Each is written once for a number (the compiler then
// vectorises the loop around it) and for a vector of engine/cpu_vector.h: V is float or Vector<float>, some also double.
//
// Polynomials are minimax fits made for these files (weighted for relative error unless said otherwise), rounded to the
// type. Reductions: J.-M. Muller, Elementary Functions, ch. 11 (Cody and Waite).
#pragma once
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "engine/cpu_vector.h"

namespace adjoint::math {
inline namespace ADJOINT_ISA {
namespace cpu {

namespace isa = ::adjoint::ADJOINT_ISA;

// ---- The few words with which one text serves numbers and vectors.
template <class V> struct Kind;
template <> struct Kind<float> { using Real = float; using Bits = int32_t; using Words = uint32_t; };
template <> struct Kind<double> { using Real = double; using Bits = int64_t; using Words = uint64_t; };
template <> struct Kind<isa::Vector<float>> {
    using Real = float;
    typedef int32_t Bits __attribute__((vector_size(isa::vector_bytes)));
    typedef uint32_t Words __attribute__((vector_size(isa::vector_bytes)));
};
template <> struct Kind<isa::Vector<double>> {
    using Real = double;
    typedef int64_t Bits __attribute__((vector_size(isa::vector_bytes)));
    typedef uint64_t Words __attribute__((vector_size(isa::vector_bytes)));
};
template <class V> using Bits = typename Kind<V>::Bits;
template <class V> constexpr bool in_double = sizeof(typename Kind<V>::Real) == 8;

template <class V> ADJOINT_INLINE V constant(double value) { return typename Kind<V>::Real(value) - V{}; }
template <class V> ADJOINT_INLINE Bits<V> bits(V x) { return __builtin_bit_cast(Bits<V>, x); }
// a − b modulo 2^bits.
template <class V> ADJOINT_INLINE Bits<V> difference(Bits<V> a, Bits<V> b) {
    using Words = typename Kind<V>::Words;
    return (Bits<V>)((Words)a - (Words)b);
}
template <class V> ADJOINT_INLINE V value(Bits<V> b) { return __builtin_bit_cast(V, b); }
template <class V> ADJOINT_INLINE V magnitude(V x) { return value<V>(bits(x) & (in_double<V> ? INT64_MAX : INT32_MAX)); }

// a·b + c, with one rounding where the pass has the instruction.
ADJOINT_INLINE float fused(float a, float b, float c) { return isa::has_fma ? __builtin_fmaf(a, b, c) : a * b + c; }
ADJOINT_INLINE double fused(double a, double b, double c) { return isa::has_fma ? __builtin_fma(a, b, c) : a * b + c; }
ADJOINT_INLINE isa::Vector<float> fused(isa::Vector<float> a, isa::Vector<float> b, isa::Vector<float> c) {
    return isa::fma<float>(a, b, c);
}
ADJOINT_INLINE isa::Vector<double> fused(isa::Vector<double> a, isa::Vector<double> b, isa::Vector<double> c) {
    return isa::fma<double>(a, b, c);
}

// x within [low, high], NaN kept; and 1 / x, on vectors to 1.5 units in the last place.
template <class V> ADJOINT_INLINE V within(V x, double low, double high) {
    x = x < constant<V>(low) ? constant<V>(low) : x;
    return x > constant<V>(high) ? constant<V>(high) : x;
}
template <class V> ADJOINT_INLINE V reciprocal(V x) { return constant<V>(1) / x; }
ADJOINT_INLINE isa::Vector<float> within(isa::Vector<float> x, double low, double high) {
    return isa::within<float>(x, float(low), float(high));
}
ADJOINT_INLINE isa::Vector<float> reciprocal(isa::Vector<float> x) { return isa::reciprocal<float>(x); }

// c₀ + c₁ x + c₂ x² + …
template <class V> ADJOINT_INLINE V polynomial(V, double c0) { return constant<V>(c0); }
template <class V, class... Rest> ADJOINT_INLINE V polynomial(V x, double c0, Rest... rest) {
    return fused(polynomial(x, rest...), x, constant<V>(c0));
}

// Adding 1.5·2^(mantissa bits) rounds to the nearest integer and leaves it in the low bits of the sum.
template <class V> constexpr double rounder = in_double<V> ? 6755399441055744.0 : 12582912.0;
template <class V> ADJOINT_INLINE V power_of_two(Bits<V> n) {
    return value<V>((n + (in_double<V> ? 1023 : 127)) << (in_double<V> ? 52 : 23));
}

// ---- e^x = 2^n e^r with |r| ≤ ½ ln 2. The scale is applied in two steps, so that denormal results are rounded once.
template <class V> ADJOINT_INLINE V exp_reduced(V r) {
    V p;
    if constexpr (in_double<V>)
        p = polynomial(r, 5.00000000000000777e-01, 1.66666666666662550e-01, 4.16666666665963248e-02,
                       8.33333333357839587e-03, 1.38888889129858487e-03, 1.98412693611012833e-04,
                       2.48015495366667909e-05, 2.75576987440539307e-06, 2.75849545702848897e-07,
                       2.49672034678242473e-08, 1.32329560553432759e-09);  // 3e-17
    else
        p = polynomial(r, 4.999999404e-01, 1.666651517e-01, 4.166845605e-02, 8.369410411e-03, 1.381316106e-03);  // 5e-9
    // 1 + r with its rounding error carried over: a quarter of a unit less in the result.
    V one = constant<V>(1), sum = one + r;
    return fused(r * r, p, r - (sum - one)) + sum;
}
// x = k ln 2 + r; k is a whole number, and n the same as an integer. |x| up to 2^20.
template <class V> struct ExpParts {
    V k, r;
    Bits<V> n;
};
template <class V> ADJOINT_INLINE ExpParts<V> exp_parts(V x) {
    const V shift = constant<V>(rounder<V>), shifted = fused(x, constant<V>(1.44269504088896341), shift), k = shifted - shift;
    // ln 2 = high part with zeros at its end, so that k times it is exact, + low part.
    V r = fused(k, constant<V>(in_double<V> ? -6.93147180369123816e-01 : -0.693359375), x);
    r = fused(k, constant<V>(in_double<V> ? -1.90821492927058770e-10 : 2.1219444005469057e-4), r);
    return {k, r, bits(shifted) - bits(shift)};
}
template <class V> ADJOINT_INLINE V exp(V x) {
    const ExpParts<V> e = exp_parts(within(x, in_double<V> ? -746.0 : -104.0, in_double<V> ? 710.0 : 89.0));
#if defined(__AVX512F__)
    if constexpr (std::is_same_v<V, isa::Vector<float>>) return isa::times_power_of_two(exp_reduced(e.r), e.k);
#endif
    const Bits<V> half = ((e.n + 4096) >> 1) - 2048;
    return exp_reduced(e.r) * power_of_two<V>(half) * power_of_two<V>(e.n - half);
}

// ---- log x = e ln 2 + log(1 + f) with 1 + f in [√½, √2).
template <class V> ADJOINT_INLINE V log(V x) {
    auto tiny = x < constant<V>(1.17549435e-38);
    V scaled = tiny ? x * constant<V>(8388608.0) : x;
    Bits<V> e = difference<V>(bits(scaled), bits(constant<V>(0.70710678))) >> 23;
    V f = value<V>(difference<V>(bits(scaled), e << 23)) - constant<V>(1);
    V k;
    if constexpr (sizeof(V) == sizeof(float)) k = float(e);
    else k = __builtin_convertvector(e, V);
    k = tiny ? k - constant<V>(23) : k;
    V p = polynomial(f, 3.333331347e-01, -2.500000894e-01, 2.000213414e-01, -1.666800678e-01, 1.421922445e-01,
                     -1.240513548e-01, 1.189032346e-01, -1.167965382e-01, 6.746599078e-02);  // 4e-9
    V square = f * f;
    V y = fused(f * square, p, k * constant<V>(-2.1219444005469057e-4));
    y = fused(square, constant<V>(-0.5), y) + f;
    y = fused(k, constant<V>(0.693359375), y);
    const V infinity = constant<V>(__builtin_inf());
    y = x < infinity ? y : x;  // ∞ and NaN
    y = x == constant<V>(0) ? -infinity : y;
    return x < constant<V>(0) ? constant<V>(__builtin_nan("")) : y;
}

// ---- tanh x = x + x³ T(x²) near 0, else 1 − 2 / (e^2|x| + 1) with the sign of x. 1 from |x| = 9.1 on.
template <class V> ADJOINT_INLINE V tanh(V x) {
    V a = magnitude(x), square = x * x;
    V near = polynomial(square, -3.333333135e-01, 1.333320439e-01, -5.394645780e-02, 2.169869281e-02,
                        -8.171708323e-03, 2.137165749e-03);  // 2e-9
    near = fused(near * square, x, x);
    V b = within(a, 0.0, 10.0);
    const ExpParts<V> e = exp_parts(b + b);  // no overflow, no denormals: one scaling
    V p = exp_reduced(e.r) * power_of_two<V>(e.n);
    V far = fused(constant<V>(-2), reciprocal(p + constant<V>(1)), constant<V>(1));
    far = x < constant<V>(0) ? -far : far;
    return a < constant<V>(0.625) ? near : far;
}

// ---- erf x = x + x E(x²) near 0, else 1 − e^−q(|x|) with the sign of x, q = −log erfc.
template <class V> ADJOINT_INLINE V erf(V x) {
    V a = magnitude(x), square = x * x;
    V near = polynomial(square, 1.283791661e-01, -3.761263192e-01, 1.128367260e-01, -2.685810439e-02,
                        5.197797436e-03, -8.105965680e-04, 8.215426351e-05);  // 4e-9
    near = fused(near, x, x);
    V b = a > constant<V>(4.05) ? constant<V>(4.05) : a;
    V q = polynomial(b, -1.680304558e-04, 1.129474759e+00, 6.334506869e-01, 1.081306040e-01, -2.498810738e-02,
                     4.099010956e-03, -4.103545798e-04, 1.659838563e-05, 3.579405359e-07);  // 3e-9 in erf
    V far = constant<V>(1) - exp(-q);
    far = x < constant<V>(0) ? -far : far;
    return a < constant<V>(0.94) ? near : far;
}

// ---- sin and cos on |r| ≤ π/4, then moved to quadrant n (its two low bits).
template <class V> ADJOINT_INLINE V sin_reduced(V r) {
    V square = r * r, p;
    if constexpr (in_double<V>)
        p = polynomial(square, -1.66666666666666713e-01, 8.33333333333480253e-03, -1.98412698429933920e-04,
                       2.75573201166884676e-06, -2.50523327137517487e-08, 1.60857408339556973e-10,
                       -8.82904535072503993e-13);  // 3e-17
    else
        p = polynomial(square, -1.666665524e-01, 8.332173340e-03, -1.951665618e-04);  // 6e-9
    return fused(p * square, r, r);
}
template <class V> ADJOINT_INLINE V cos_reduced(V r) {
    V square = r * r, p;
    if constexpr (in_double<V>)
        p = polynomial(square, 4.16666666666634725e-02, -1.38888888882425900e-03, 2.48015868090749325e-05,
                       -2.75571344048508495e-07, 2.08400820146843746e-09, -7.77386014176768836e-12,
                       -1.44499681859790174e-12);  // 5e-18 absolute
    else
        p = polynomial(square, 4.166664556e-02, -1.388736186e-03, 2.443772973e-05);  // 5e-10 absolute
    return fused(p * square, square, fused(square, constant<V>(-0.5), constant<V>(1)));
}
template <class V> ADJOINT_INLINE void to_quadrant(Bits<V> n, V s, V c, V* sine, V* cosine) {
    constexpr int top = in_double<V> ? 62 : 30;
    auto odd = (n & 1) != 0;
    V swapped_s = odd ? c : s, swapped_c = odd ? s : c;
    *sine = value<V>(bits(swapped_s) ^ ((n & 2) << top));
    *cosine = value<V>(bits(swapped_c) ^ (((n + 1) & 2) << top));
}

// r = x − n π/2 in double, π/2 in two parts of 53 bits. The products are exact: by fma, or split by hand. Good for
// |x| ≤ 2^44; NaN beyond.
constexpr double largest_angle = 17592186044416.0;
template <class D> ADJOINT_INLINE D reduce_angle(D x, Bits<D>* n) {
    constexpr double half_pi = 1.57079632679489656, half_pi_rest = 6.12323399573676604e-17;
    D shifted = fused(x, constant<D>(0.636619772367581343), constant<D>(rounder<D>));
    D k = shifted - constant<D>(rounder<D>), r;
    *n = bits(shifted);
    if constexpr (isa::has_fma) {
        r = fused(k, constant<D>(-half_pi_rest), fused(k, constant<D>(-half_pi), x));
    } else {
        constexpr double top = 1.57079631090164185, bottom = half_pi - top;  // 26 and 27 bits
        D k_top = value<D>(bits(k) & ~int64_t((1 << 27) - 1)), k_bottom = k - k_top;
        D product = k * half_pi;
        D error = ((k_top * top - product) + k_top * bottom + k_bottom * top) + k_bottom * bottom;
        r = ((x - product) - error) - k * half_pi_rest;
    }
    return magnitude(x) <= constant<D>(largest_angle) ? r : constant<D>(__builtin_nan(""));
}
// V: float, double or Vector<double>.
template <class V> ADJOINT_INLINE void sincos_to_limit(V x, V* sine, V* cosine) {
    using D = std::conditional_t<in_double<V>, V, double>;
    Bits<D> n;
    V r = V(reduce_angle(D(x), &n));
    to_quadrant<V>(Bits<V>(n), sin_reduced(r), cos_reduced(r), sine, cosine);
}
// The lanes beyond the limit, by the standard library. ∞ and NaN give NaN.
template <class T> ADJOINT_INLINE void repair_lanes(const isa::Vector<T>& x, isa::Vector<T>* sine, isa::Vector<T>* cosine) {
    if (__builtin_expect(!isa::any_beyond<T>(x, T(largest_angle)), 1)) return;
    for (int i = 0; i < isa::lanes<T>; i++)
        if (magnitude<T>(x[i]) > T(largest_angle)) (*sine)[i] = std::sin(T(x[i])), (*cosine)[i] = std::cos(T(x[i]));
}
template <class T> ADJOINT_INLINE void sincos(T x, T* sine, T* cosine) { sincos_to_limit(x, sine, cosine); }
ADJOINT_INLINE void sincos(const isa::Vector<double>& x, isa::Vector<double>* sine, isa::Vector<double>* cosine) {
    sincos_to_limit(x, sine, cosine);
    repair_lanes<double>(x, sine, cosine);
}
// Vector<float>: a short way with π/2 in three floats for |x| ≤ 1e5 (any sane network); else lane by lane.
ADJOINT_INLINE void sincos(const isa::Vector<float>& x, isa::Vector<float>* sine, isa::Vector<float>* cosine) {
    using V = isa::Vector<float>;
    if (!isa::has_fma || __builtin_expect(isa::any_beyond<float>(x, 1e5f), 0)) {
        for (int i = 0; i < isa::lanes<float>; i++) {
            float s, c;
            sincos_to_limit<float>(x[i], &s, &c);
            (*sine)[i] = s, (*cosine)[i] = c;
        }
        return repair_lanes<float>(x, sine, cosine);
    }
    V shifted = fused(x, constant<V>(0.636619772367581343), constant<V>(rounder<V>));
    V k = shifted - constant<V>(rounder<V>);
    V r = fused(k, constant<V>(-1.5707963705062866), x);
    r = fused(k, constant<V>(4.371138828673793e-08), r);
    r = fused(k, constant<V>(1.7151245100058819e-15), r);
    to_quadrant<V>(bits(shifted), sin_reduced(r), cos_reduced(r), sine, cosine);
}
template <class T> ADJOINT_INLINE T sin(T x) {
    T s, c;
    sincos(x, &s, &c);
    return s;
}
template <class T> ADJOINT_INLINE T cos(T x) {
    T s, c;
    sincos(x, &s, &c);
    return c;
}

template <class S> constexpr bool only_float = std::is_same_v<S, float> || std::is_same_v<S, isa::Vector<float>>;
template <class S> constexpr bool number = only_float<S> || std::is_same_v<S, double>;
template <class S> constexpr bool has_exp = number<S>;
template <class S> constexpr bool has_sin = number<S>;
template <class S> constexpr bool has_cos = number<S>;
template <class S> constexpr bool has_log = only_float<S>;
template <class S> constexpr bool has_tanh = only_float<S>;
template <class S> constexpr bool has_erf = only_float<S>;

}  // namespace cpu

// After a loop y[i] = sin(x[i]): puts the standard library's value where |x[i]| > 2^44. ∞ stays NaN.
template <class T> ADJOINT_INLINE void repair_sin(const T* x, T* y, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (__builtin_expect(cpu::magnitude(x[i]) > T(cpu::largest_angle), 0)) y[i] = std::sin(x[i]);
}
template <class T> ADJOINT_INLINE void repair_cos(const T* x, T* y, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (__builtin_expect(cpu::magnitude(x[i]) > T(cpu::largest_angle), 0)) y[i] = std::cos(x[i]);
}

}  // inline namespace
}  // namespace adjoint::math
