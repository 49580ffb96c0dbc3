// The CPU transform of a group of lines at once: lane i of every vector belongs to line i, so each step of the algorithm
// is plain vector arithmetic and no shuffles are needed inside.
//
// Stockham's autosort, decimation in time. After passes with product l, A_l[j + l s] is frequency j of the length-l
// transform of x_s, x_{s+n/l}, x_{s+2n/l}, …; one pass with radix r and m = n/(l r) joins r of them:
//   A_{lr}[j + l k + l r s] = Σ_q w_r^{q k} ( w_{lr}^{q j} A_l[j + l (s + m q)] ),  w_n = exp(∓2πi/n).
// (Van Loan, "Computational Frameworks for the Fast Fourier Transform", §1.7.)
#pragma once
#include <cmath>
#include <initializer_list>

#include "engine/cpu_vector.h"
#include "engine/scratch.h"
#include "kernels/fourier/fft/butterflies.h"

namespace adjoint::ADJOINT_ISA {
namespace {

constexpr int most_passes = 64;

// Radices of n in the order of the passes; the rest that is not made of 2, 3, 5, 7 (1 if there is none).
struct Factors {
    int count = 0;
    int radix[most_passes];
    int64_t rest;

    explicit Factors(int64_t n) : rest(n) {
        for (int r : {7, 5, 4, 3, 2})
            while (rest % r == 0) {
                radix[count++] = r;
                rest /= r;
            }
    }
};

// Twiddles w_{lr}^{q j} of every pass for q = 1 … r−1: the pass's j-th entry holds r−1 complex numbers. In total fewer
// than 2 n of them, since l grows by the factor r from pass to pass.
template <class T>
struct SmoothPlan {
    int64_t n;
    bool inverse;
    Factors factors;
    Scratch<T> twiddles;

    SmoothPlan(int64_t n, bool inverse) : n(n), inverse(inverse), factors(n), twiddles(size_t(4 * n + 4)) {
        T* w = twiddles.data();
        int64_t l = 1;
        for (int p = 0; p < factors.count; l *= factors.radix[p++]) {
            const int64_t r = factors.radix[p];
            for (int64_t j = 0; j < l; ++j)
                for (int64_t q = 1; q < r; ++q) {
                    const double angle = (inverse ? 2 : -2) * 3.14159265358979323846 * double(q * j) / double(l * r);
                    *w++ = T(std::cos(angle));
                    *w++ = T(std::sin(angle));
                }
        }
    }
};

template <class T, int r>
void pass(const Vector<T>* in, Vector<T>* out, const T* w, int64_t l, int64_t m, bool inverse) {
    for (int64_t s = 0; s < m; ++s)
        for (int64_t j = 0; j < l; ++j) {
            Vector<T> re[r], im[r];
#pragma GCC unroll 8
            for (int q = 0; q < r; ++q) {
                const Vector<T>* x = in + 2 * (j + l * (s + m * q));
                re[q] = x[0];
                im[q] = x[1];
            }
            if (j > 0) {
                const T* t = w + 2 * (r - 1) * j;
#pragma GCC unroll 8
                for (int q = 1; q < r; ++q) {
                    const T w_re = t[2 * q - 2], w_im = t[2 * q - 1];
                    const Vector<T> a = re[q] * w_re - im[q] * w_im;
                    im[q] = re[q] * w_im + im[q] * w_re;
                    re[q] = a;
                }
            }
            butterfly<T, r>(re, im, inverse);
#pragma GCC unroll 8
            for (int k = 0; k < r; ++k) {
                Vector<T>* y = out + 2 * (j + l * k + l * r * s);
                y[0] = re[k];
                y[1] = im[k];
            }
        }
}

// Transforms n complex vectors from a into a or b; returns where the result lies.
template <class T>
Vector<T>* transform_smooth(const SmoothPlan<T>& plan, Vector<T>* a, Vector<T>* b) {
    const T* w = plan.twiddles.data();
    int64_t l = 1;
    for (int p = 0; p < plan.factors.count; ++p) {
        const int r = plan.factors.radix[p];
        const int64_t m = plan.n / (l * r);
        if (r == 2) pass<T, 2>(a, b, w, l, m, plan.inverse);
        if (r == 3) pass<T, 3>(a, b, w, l, m, plan.inverse);
        if (r == 4) pass<T, 4>(a, b, w, l, m, plan.inverse);
        if (r == 5) pass<T, 5>(a, b, w, l, m, plan.inverse);
        if (r == 7) pass<T, 7>(a, b, w, l, m, plan.inverse);
        w += 2 * (r - 1) * l;
        l *= r;
        Vector<T>* t = a;
        a = b;
        b = t;
    }
    return a;
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
