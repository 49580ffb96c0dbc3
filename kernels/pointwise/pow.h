// x^y of numbers, for the rules of power and pow in any pass.
//
// CPU passes, float: e^(y ln x) in double precision and branch-free, so that the loop around it becomes vector code:
// 0.5002 units in the last place at worst of 2·10⁷ pairs. Other scalars and passes: the standard library's.
#pragma once
#include <cmath>
#include <type_traits>

#include "engine/portable.h"
#include "kernels/math.h"

namespace adjoint {
namespace {

#if ADJOINT_CPU
// ln x for a positive normal double: e ln 2 + 2 artanh(s), s = (m − 1)/(m + 1), x = 2^e m with m in [√½, √2).
ADJOINT_INLINE double log_of_positive(double x) {
    constexpr int64_t root_half = 0x3FE6A09E667F3BCD, two_to_52 = 0x4330000000000000;
    const int64_t b = __builtin_bit_cast(int64_t, x);
    // The exponent counted from −1023 on as a whole number, turned into a double without an instruction for it.
    const int64_t biased = (b - root_half + (int64_t(1023) << 52)) >> 52;
    const double e = (__builtin_bit_cast(double, biased | two_to_52) - 4503599627370496.0) - 1023.0;
    const double m = __builtin_bit_cast(double, b - ((biased - 1023) << 52));
    const double s = (m - 1.0) / (m + 1.0), square = s * s;
    using math::cpu::polynomial;
    // s ≤ 0.1716: what follows in the series is below 3e-13.
    const double p = polynomial(square, 2.0, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13);
    return e * 0.69314718055994530942 + s * p;
}

// x^y with C's special cases. `whole` and `odd` are about y.
ADJOINT_INLINE float pow_in_double(float x, float y, bool whole, bool odd) {
    const float infinity = __builtin_inff();
    const double a = __builtin_fabs(double(x));
    const bool zero = a == 0, infinite = a == double(infinity);
    const double regular = a > 0 && !infinite ? a : 1.0;  // NaN comes back at the end
    double exponent = double(y) * log_of_positive(regular);
    exponent = exponent < -200.0 ? -200.0 : exponent;  // beyond the float32 range either way
    exponent = exponent > 200.0 ? 200.0 : exponent;
    float r = float(math::exp(exponent));
    r = zero ? (y > 0 ? 0.0f : infinity) : r;
    r = infinite ? (y > 0 ? infinity : 0.0f) : r;
    r = a == 1.0 ? 1.0f : r;
    r = __builtin_bit_cast(int32_t, x) < 0 ? (whole ? (odd ? -r : r) : (infinite | zero ? r : __builtin_nanf(""))) : r;
    r = a != a || y != y ? a + y : r;
    return y == 0 || x == 1.0f ? 1.0f : r;
}
#endif

// x^y for a constant y.
template <class S>
ADJOINT_BOTH ADJOINT_INLINE S pow_constant(S x, double y) {
#if ADJOINT_CPU
    if constexpr (std::is_same_v<S, float>) {
        const float p = float(y);
        const bool whole = __builtin_floorf(p) == p, odd = whole && __builtin_floorf(p * 0.5f) != p * 0.5f;
        return pow_in_double(x, p, whole, odd);
    } else {
        return ::pow(x, y);
    }
#else
    using std::pow;
    if constexpr (std::is_arithmetic_v<S>)
        return pow(x, S(y));
    else
        return pow(x, y);
#endif
}

// x^y for x ≥ 0 (−0 counts as 0); NaN below, also for a whole y, whose derivative does not exist there.
template <class S>
ADJOINT_BOTH ADJOINT_INLINE S pow_positive(S x, S y) {
    const S nan = S(__builtin_nan("")), base = x + S(0.0);
#if ADJOINT_CPU
    if constexpr (std::is_same_v<S, float>)
        return x < 0 ? nan : pow_in_double(base, y, false, false);
    else
        return x < 0 ? nan : ::pow(base, y);
#else
    using std::pow;
    return x < S(0.0) ? nan : pow(base, y);
#endif
}

}  // namespace
}  // namespace adjoint
