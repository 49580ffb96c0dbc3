// Lines of any length: directly where n is made of 2, 3, 5 and 7, else as a convolution of such a length (Bluestein):
// jk = (j² + k² − (k − j)²)/2, so with the chirp c_j = exp(∓iπ j²/n)
//   y_k = c_k Σ_j (c_j x_j) conj(c_{k−j}),
// a convolution, done by transforms of a length m ≥ 2n − 1 that has only small factors.
//
// Centring costs nothing: lines are loaded from and stored to places rotated by half their length.
#pragma once
#include "kernels/fourier/fft/lines.h"

namespace adjoint::ADJOINT_ISA {
namespace {

inline int64_t smooth_length(int64_t n) {
    if (Factors(n).rest == 1) return n;
    int64_t m = 2 * n - 1;
    while (Factors(m).rest != 1) ++m;
    return m;
}

template <class T>
struct FftPlan {
    int64_t n, m;           // the line; the transform that does it (m = n: directly)
    SmoothPlan<T> forward;  // of length m, in the wanted direction if m = n
    SmoothPlan<T> back;
    Scratch<T> chirp;       // c_j, j < n
    Scratch<T> filter;      // transform of conj(c), over m

    FftPlan(int64_t n, bool inverse)
        : n(n), m(smooth_length(n)), forward(m, m == n && inverse), back(m == n ? 1 : m, true),
          chirp(size_t(m == n ? 1 : 2 * n)), filter(size_t(m == n ? 1 : 2 * m)) {
        if (m != n) make_chirp(inverse);
    }
    bool direct() const { return m == n; }

private:
    void make_chirp(bool inverse) {
        // In double, so that the filter is right to the last bit of T.
        SmoothPlan<double> plan(m, false);
        Scratch<double> a(size_t(2 * m * lanes<double>)), b(size_t(2 * m * lanes<double>));
        auto* v = reinterpret_cast<Vector<double>*>(a.data());
        for (int64_t j = 0; j < 2 * m; ++j) v[j] = Vector<double>{};
        for (int64_t j = 0; j < n; ++j) {
            // j² mod 2n in integers: the angle stays exact for long lines.
            const double angle = 3.14159265358979323846 * double(int64_t((unsigned __int128)(j) * j % (2 * n))) / double(n);
            const double re = std::cos(angle), im = (inverse ? 1 : -1) * std::sin(angle);
            chirp.data()[2 * j] = T(re);
            chirp.data()[2 * j + 1] = T(im);
            for (int64_t k : {j, (m - j) % m}) {
                v[2 * k] = splat(re);
                v[2 * k + 1] = splat(-im);
            }
        }
        const Vector<double>* f = transform_smooth(plan, v, reinterpret_cast<Vector<double>*>(b.data()));
        for (int64_t k = 0; k < 2 * m; ++k) filter.data()[k] = T(f[k][0] / double(m));
    }
};

template <class T>
struct FftWork {
    Scratch<T> first, second;
    Vector<T>*a, *b, *result;
    explicit FftWork(const FftPlan<T>& plan)
        : first(size_t(2 * plan.m * lanes<T>)), second(size_t(2 * plan.m * lanes<T>)),
          a(reinterpret_cast<Vector<T>*>(first.data())), b(reinterpret_cast<Vector<T>*>(second.data())), result(a) {}
};

template <class T>
ADJOINT_INLINE void multiply_complex(Vector<T>* x, T re, T im) {
    const Vector<T> t = x[0] * re - x[1] * im;
    x[1] = x[0] * im + x[1] * re;
    x[0] = t;
}

template <class T>
void transform_lines(const FftPlan<T>& plan, FftWork<T>& work) {
    if (plan.direct()) {
        work.result = transform_smooth(plan.forward, work.a, work.b);
        return;
    }
    for (int64_t j = 0; j < plan.n; ++j) multiply_complex<T>(work.a + 2 * j, plan.chirp.data()[2 * j], plan.chirp.data()[2 * j + 1]);
    for (int64_t j = 2 * plan.n; j < 2 * plan.m; ++j) work.a[j] = Vector<T>{};
    Vector<T>* x = transform_smooth(plan.forward, work.a, work.b);
    for (int64_t k = 0; k < plan.m; ++k) multiply_complex<T>(x + 2 * k, plan.filter.data()[2 * k], plan.filter.data()[2 * k + 1]);
    Vector<T>* y = transform_smooth(plan.back, x, x == work.a ? work.b : work.a);
    for (int64_t k = 0; k < plan.n; ++k) multiply_complex<T>(y + 2 * k, plan.chirp.data()[2 * k], plan.chirp.data()[2 * k + 1]);
    work.result = y;
}

// Up to `lanes` neighbouring lines of an array outer × n × inner.
struct LineGroup {
    int64_t n, inner, count;
    int64_t base[64] = {};   // where each lane's line begins (in complex numbers); lanes beyond `count` repeat the first
    bool neighbours;    // the lines lie side by side
    ADJOINT_INLINE LineGroup(int64_t n, int64_t inner, int64_t first, int64_t count) : n(n), inner(inner), count(count) {
        for (int64_t i = 0; i < count; ++i) base[i] = (first + i) / inner * n * inner + (first + i) % inner;
        neighbours = true;
        for (int64_t i = 1; i < count; ++i) neighbours = neighbours && base[i] == base[0] + i;
    }
};

// The line's centre, index ⌊n/2⌋, goes to the front: position j holds sample (j + ⌊n/2⌋) mod n.
template <class T>
void load_lines(const T* x, const LineGroup& g, const FftPlan<T>& plan, FftWork<T>& work) {
    T* v = work.first.data();
    constexpr int L = lanes<T>;
    for (int64_t j = 0; j < g.n; ++j) {
        const int64_t k = j + g.n / 2 < g.n ? j + g.n / 2 : j + g.n / 2 - g.n;
        T *re = v + 2 * L * j, *im = re + L;
        if (g.neighbours && g.count == L) {
            const T* p = x + 2 * (g.base[0] + k * g.inner);
            for (int i = 0; i < L; ++i) {
                re[i] = p[2 * i];
                im[i] = p[2 * i + 1];
            }
        } else {
            for (int i = 0; i < L; ++i) {
                const T* p = x + 2 * (g.base[i < g.count ? i : 0] + k * g.inner);
                re[i] = p[0];
                im[i] = p[1];
            }
        }
    }
    (void)plan;
    work.result = work.a;
}

template <class T>
void store_lines(T* y, const LineGroup& g, const FftPlan<T>& plan, const FftWork<T>& work) {
    constexpr int L = lanes<T>;
    const T scale = T(1 / std::sqrt(double(plan.n)));
    const T* v = reinterpret_cast<const T*>(work.result);
    for (int64_t j = 0; j < g.n; ++j) {
        const int64_t k = j + g.n / 2 < g.n ? j + g.n / 2 : j + g.n / 2 - g.n;
        const T *re = v + 2 * L * j, *im = re + L;
        if (g.neighbours && g.count == L) {
            T* p = y + 2 * (g.base[0] + k * g.inner);
            for (int i = 0; i < L; ++i) {
                p[2 * i] = scale * re[i];
                p[2 * i + 1] = scale * im[i];
            }
        } else {
            for (int i = 0; i < g.count; ++i) {
                T* p = y + 2 * (g.base[i] + k * g.inner);
                p[0] = scale * re[i];
                p[1] = scale * im[i];
            }
        }
    }
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
