// The transforms of 2, 3, 4, 5 and 7 numbers (vectors of them), in place.
#pragma once
#include "engine/cpu_vector.h"

namespace adjoint::ADJOINT_ISA {
namespace {

// cos and sin of 2πk/r for the odd radices.
template <int r>
struct Roots;
template <>
struct Roots<3> {
    static constexpr double c[] = {1, -0.5, -0.5};
    static constexpr double s[] = {0, 0.86602540378443864676, -0.86602540378443864676};
};
template <>
struct Roots<5> {
    static constexpr double c[] = {1, 0.30901699437494742410, -0.80901699437494742410, -0.80901699437494742410,
                                   0.30901699437494742410};
    static constexpr double s[] = {0, 0.95105651629515357212, 0.58778525229247312917, -0.58778525229247312917,
                                   -0.95105651629515357212};
};
template <>
struct Roots<7> {
    static constexpr double c[] = {1, 0.62348980185873353053, -0.22252093395631440429, -0.90096886790241912624,
                                   -0.90096886790241912624, -0.22252093395631440429, 0.62348980185873353053};
    static constexpr double s[] = {0, 0.78183148246802980871, 0.97492791218182360702, 0.43388373911755812048,
                                   -0.43388373911755812048, -0.97492791218182360702, -0.78183148246802980871};
};

// Odd r: with t_k = a_k + a_{r−k} and d_k = a_k − a_{r−k},
//   y_j, y_{r−j} = (a_0 + Σ_k cos(2πkj/r) t_k) ∓ i Σ_k sin(2πkj/r) d_k   (signs swapped for the inverse).
template <class T, int r>
ADJOINT_INLINE void butterfly(Vector<T>* re, Vector<T>* im, bool inverse) {
    if constexpr (r == 2) {
        const Vector<T> a = re[0], b = im[0];
        re[0] = a + re[1];
        im[0] = b + im[1];
        re[1] = a - re[1];
        im[1] = b - im[1];
    } else if constexpr (r == 4) {
        const Vector<T> s0 = re[0] + re[2], s1 = im[0] + im[2], d0 = re[0] - re[2], d1 = im[0] - im[2];
        const Vector<T> t0 = re[1] + re[3], t1 = im[1] + im[3];
        Vector<T> e0 = re[1] - re[3], e1 = im[1] - im[3];
        if (inverse) {
            e0 = -e0;
            e1 = -e1;
        }
        re[0] = s0 + t0;
        im[0] = s1 + t1;
        re[2] = s0 - t0;
        im[2] = s1 - t1;
        re[1] = d0 + e1;  // a − i b of the differences
        im[1] = d1 - e0;
        re[3] = d0 - e1;
        im[3] = d1 + e0;
    } else {
        constexpr int h = r / 2;
        const T sign = inverse ? T(-1) : T(1);
        Vector<T> t_re[h], t_im[h], d_re[h], d_im[h];
        const Vector<T> a_re = re[0], a_im = im[0];
        Vector<T> sum_re = a_re, sum_im = a_im;
#pragma GCC unroll 8
        for (int k = 1; k <= h; ++k) {
            t_re[k - 1] = re[k] + re[r - k];
            t_im[k - 1] = im[k] + im[r - k];
            d_re[k - 1] = (re[k] - re[r - k]) * sign;
            d_im[k - 1] = (im[k] - im[r - k]) * sign;
            sum_re += t_re[k - 1];
            sum_im += t_im[k - 1];
        }
        re[0] = sum_re;
        im[0] = sum_im;
#pragma GCC unroll 8
        for (int j = 1; j <= h; ++j) {
            Vector<T> c_re = a_re, c_im = a_im, s_re{}, s_im{};
#pragma GCC unroll 8
            for (int k = 1; k <= h; ++k) {
                const T c = T(Roots<r>::c[k * j % r]), s = T(Roots<r>::s[k * j % r]);
                c_re = fma<T>(splat(c), t_re[k - 1], c_re);
                c_im = fma<T>(splat(c), t_im[k - 1], c_im);
                s_re = fma<T>(splat(s), d_re[k - 1], s_re);
                s_im = fma<T>(splat(s), d_im[k - 1], s_im);
            }
            re[j] = c_re + s_im;
            im[j] = c_im - s_re;
            re[r - j] = c_re - s_im;
            im[r - j] = c_im + s_re;
        }
    }
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
