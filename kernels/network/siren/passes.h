// What happens to a block of rows between the matrix products. All blocks: `rows` rows, `stride` apart.
#pragma once
#include "kernels/math.h"
#include "kernels/network/siren/problem.h"

namespace adjoint::ADJOINT_ISA {

// z ← sin(ω (z + b)), and, where wanted, derivative ← ω cos(ω (z + b)).
template <class T, bool with_derivative>
inline void sine_pass(int64_t rows, int64_t width, int64_t stride, const T* bias, T omega, T* z, T* derivative) {
    const Vector<T> frequency = splat(omega);
    for (int64_t r = 0; r < rows; r++)
        for_vectors<T>(width, [&](int64_t x, auto count) {
            const int64_t at = r * stride + x;
            Vector<T> s, c;
            math::sincos(Vector<T>(frequency * (load_some(z + at, count) + load_some(bias + x, count))), &s, &c);
            store_some(z + at, s, count);
            if (with_derivative) store_some(derivative + at, Vector<T>(frequency * c), count);
        });
}

// d ← d ∘ g, and sum += its column sums. A few columns at a time, so that their sums stay in registers.
template <class T>
inline void chain_pass(int64_t rows, int64_t width, int64_t stride, const T* g, T* d, T* sum) {
    constexpr int many = 4;
    int64_t x = 0;
    for (; x + many * lanes<T> <= width; x += many * lanes<T>) {
        Vector<T> total[many];
        for (int q = 0; q < many; q++) total[q] = load(sum + x + q * lanes<T>);
        for (int64_t r = 0; r < rows; r++)
#pragma GCC unroll 4
            for (int q = 0; q < many; q++) {
                const int64_t at = r * stride + x + q * lanes<T>;
                Vector<T> product = load(d + at) * load(g + at);
                store(d + at, product);
                total[q] += product;
            }
        for (int q = 0; q < many; q++) store(sum + x + q * lanes<T>, total[q]);
    }
    for (; x < width; x += lanes<T>) {
        const int64_t count = smaller<int64_t>(lanes<T>, width - x);
        Vector<T> total = load_first(sum + x, count);
        for (int64_t r = 0; r < rows; r++) {
            const int64_t at = r * stride + x;
            Vector<T> product = load_first(d + at, count) * load_first(g + at, count);
            store_first(d + at, product, count);
            total += product;
        }
        store_first(sum + x, total, count);
    }
}

// y ← y + bias.
template <class T>
inline void bias_pass(int64_t rows, int64_t width, int64_t stride, const T* bias, T* y) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t x = 0; x < width; x++) y[r * stride + x] += bias[x];
}

// y ← dL/dy, sum += its column sums; returns the loss without its scale. `target` is dense.
template <class T>
inline double loss_pass(SirenLoss loss, int64_t rows, int64_t width, int64_t stride, const T* target, T scale, T* y,
                        T* sum) {
    double total = 0;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t x = 0; x < width; x++) {
            const T t = target[r * width + x], difference = y[r * stride + x] - t;
            T g = t;
            if (loss == SirenLoss::l2) {
                total += double(difference) * double(difference);
                g = T(2) * scale * difference;
            } else if (loss == SirenLoss::l1) {
                total += difference < 0 ? -double(difference) : double(difference);
                g = difference > 0 ? scale : difference < 0 ? -scale : T(0) * difference;  // NaN stays NaN
            }
            y[r * stride + x] = g;
            sum[x] += g;
        }
    return total;
}

}  // namespace adjoint::ADJOINT_ISA
