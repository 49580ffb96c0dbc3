// The rules of the reductions: how one more number enters a running result, and how two running results become one.
// From a rule follow the CPU kernel (lanes.h) and the CUDA kernel (stages.h); the definition stays with the operation.
//
// A rule has
//   Running<T>                         the running result for numbers of type T
//   start()                            the running result of nothing
//   step(s, x, centre, row)            s with x, which has number `row` along the reduced axes; centre: see below
//   merge(s, t)                        s and t as one
//   finish<T>(s)                       the output
// Sums run in float64 for float32 numbers as well: the result is then the exact sum, rounded once, but for a relative
// error of about 1e-13 of Σ|x|. Memory, not arithmetic, sets the pace.
// `centre` is a number per output that an earlier reduction found (the mean, the maximum); most rules do without.
#pragma once
#include <cstdint>

#include "engine/portable.h"
#include "kernels/math.h"

namespace adjoint {
namespace {

struct SumRule {
    template <class T> using Running = double;
    ADJOINT_BOTH ADJOINT_INLINE static double start() { return 0; }
    template <class T>
    ADJOINT_BOTH ADJOINT_INLINE static double step(double s, T x, double, int64_t) { return s + double(x); }
    ADJOINT_BOTH ADJOINT_INLINE static double merge(double s, double t) { return s + t; }
    template <class T>
    ADJOINT_BOTH ADJOINT_INLINE static T finish(double s) { return T(s); }
};

struct SumOfSquaresRule : SumRule {
    template <class T>
    ADJOINT_BOTH ADJOINT_INLINE static double step(double s, T x, double, int64_t) { return s + double(x) * double(x); }
};

struct NormRule : SumOfSquaresRule {
    template <class T>
    ADJOINT_BOTH ADJOINT_INLINE static T finish(double s) { return T(math::sqrt(s)); }
};

// Σ (x − centre)²: the second pass of a variance.
struct CentredSquaresRule : SumRule {
    template <class T>
    ADJOINT_BOTH ADJOINT_INLINE static double step(double s, T x, double centre, int64_t) {
        const double d = double(x) - centre;
        return s + d * d;
    }
};

// The largest number; NaN as soon as there is one, as in NumPy. sign = −1: the smallest.
template <int sign>
struct ExtremumRule {
    template <class T> using Running = T;
    // Is x to be taken instead of s?
    template <class T>
    ADJOINT_BOTH ADJOINT_INLINE static bool beats(T x, T s) {
        return bool(int(sign > 0 ? x > s : x < s) | int(x != x));
    }
    struct Lowest {
        ADJOINT_BOTH ADJOINT_INLINE operator float() const { return float(-sign * __builtin_huge_valf()); }
        ADJOINT_BOTH ADJOINT_INLINE operator double() const { return -sign * __builtin_huge_val(); }
    };
    ADJOINT_BOTH ADJOINT_INLINE static Lowest start() { return {}; }
    template <class T>
    ADJOINT_BOTH ADJOINT_INLINE static T step(T s, T x, T, int64_t) { return beats(x, s) ? x : s; }
    template <class T>
    ADJOINT_BOTH ADJOINT_INLINE static T merge(T s, T t) { return beats(t, s) ? t : s; }
    template <class T>
    ADJOINT_BOTH ADJOINT_INLINE static T finish(T s) { return s; }
};

// The first row whose number is the centre (or NaN, if that is): the second pass of argmax.
struct FirstMatchRule {
    template <class T> using Running = int64_t;
    ADJOINT_BOTH ADJOINT_INLINE static int64_t start() { return INT64_MAX; }
    template <class T>
    ADJOINT_BOTH ADJOINT_INLINE static int64_t step(int64_t s, T x, T centre, int64_t row) {
        return (x == centre || (x != x && centre != centre)) && row < s ? row : s;
    }
    ADJOINT_BOTH ADJOINT_INLINE static int64_t merge(int64_t s, int64_t t) { return t < s ? t : s; }
    template <class>
    ADJOINT_BOTH ADJOINT_INLINE static int64_t finish(int64_t s) { return s; }
};

}  // namespace
}  // namespace adjoint
