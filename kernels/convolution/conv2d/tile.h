// The innermost loops of the CPU convolutions: a block of rows × two vectors of results is held in registers.
//
// AVX-512 has 32 vector registers: 14 rows × 2 vectors of results, 2 of the right factor and 1 of the left fill them; the
// other sets have 16: 6 rows. Each step then has 28 (12) multiply-adds for 16 (8) loads, so the multiply-add units, not
// the loads, set the pace.
#pragma once
#include "engine/cpu_vector.h"

namespace adjoint::ADJOINT_ISA {
namespace {

constexpr int tile_rows = vector_bytes == 64 ? 14 : 6;
template <class T>
constexpr int tile_columns = 2 * lanes<T>;

// x in all lanes, by one load: the compiler is kept from repeating the load in each multiply-add that uses it.
template <class T>
ADJOINT_INLINE Vector<T> splat_once(T x) {
    Vector<T> v = splat(x);
    asm("" : "+v"(v));
    return v;
}

// result[rows][2 vectors] (+)= Σ_k a[row·a_step + k] · b[k·b_step …]; for conv2d_weight and the general path.
template <class T, int rows>
void product_tile(int64_t n, const T* a, int64_t a_step, const T* b, int64_t b_step, T* result, int64_t result_step,
                  bool add) {
    Vector<T> c[rows][2] = {};
    const T* row[(rows + 2) / 3];  // a pointer for every third row: fewer than one per row, so they stay in registers
#pragma GCC unroll 8
    for (int i = 0; i < (rows + 2) / 3; ++i) row[i] = a + 3 * i * a_step;
    auto products = [&](int64_t k) __attribute__((always_inline)) {
        const Vector<T> b0 = load(b + k * b_step), b1 = load(b + k * b_step + lanes<T>);
#pragma GCC unroll 16
        for (int i = 0; i < rows; ++i) {
            const Vector<T> x = splat_once(row[i / 3][(i % 3) * a_step + k]);
            c[i][0] = fma<T>(x, b0, c[i][0]);
            c[i][1] = fma<T>(x, b1, c[i][1]);
        }
    };
    auto advance = [&](int64_t by) __attribute__((always_inline)) {
#pragma GCC unroll 8
        for (int i = 0; i < (rows + 2) / 3; ++i) {
            row[i] += by;
            asm("" : "+r"(row[i]));
        }
        b += by * b_step;
    };
    for (; n >= 4; n -= 4) {
#pragma GCC unroll 4
        for (int64_t k = 0; k < 4; ++k) products(k);
        advance(4);
    }
    for (; n > 0; --n) {
        products(0);
        advance(1);
    }
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
        for (int j = 0; j < 2; ++j) {
            T* p = result + i * result_step + j * lanes<T>;
            store(p, add ? load(p) + c[i][j] : c[i][j]);
        }
}

// The right factor of a convolution lies in a padded image block: for channel c and kernel place (u, v) it begins at
// image + c·channel_step + u·row_step + v·column_step. Weights: a[row·a_step + (c·kh + u)·kw + v].
struct Taps {
    int64_t channels, kh, kw, channel_step, row_step, column_step;
};

// One channel of a 3×3 kernel has its nine places written out by the compiler.
template <class T, int rows, bool three_by_three>
void convolution_tile(const Taps& t, const T* a, int64_t a_step, const T* image, T* result, int64_t result_step, bool add) {
    Vector<T> c[rows][2] = {};
    const int64_t kh = three_by_three ? 3 : t.kh, kw = three_by_three ? 3 : t.kw;
    const T* w[(rows + 2) / 3];  // a pointer for every third row: fewer than one per row, so they stay in registers
#pragma GCC unroll 8
    for (int i = 0; i < (rows + 2) / 3; ++i) w[i] = a + 3 * i * a_step;
    for (int64_t channel = 0; channel < t.channels; ++channel) {
#pragma GCC unroll 8
        for (int i = 0; i < (rows + 2) / 3; ++i) asm("" : "+r"(w[i]));
        const T* line = image;
#pragma GCC unroll 3
        for (int64_t u = 0; u < kh; ++u) {
#pragma GCC unroll 3
            for (int64_t v = 0; v < kw; ++v) {
                const Vector<T> b0 = load(line + v * t.column_step), b1 = load(line + v * t.column_step + lanes<T>);
#pragma GCC unroll 16
                for (int i = 0; i < rows; ++i) {
                    const Vector<T> x = splat_once(w[i / 3][(i % 3) * a_step + u * kw + v]);
                    c[i][0] = fma<T>(x, b0, c[i][0]);
                    c[i][1] = fma<T>(x, b1, c[i][1]);
                }
            }
            line += t.row_step;
        }
#pragma GCC unroll 8
        for (int i = 0; i < (rows + 2) / 3; ++i) w[i] += kh * kw;
        image += t.channel_step;
    }
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
        for (int j = 0; j < 2; ++j) {
            T* p = result + i * result_step + j * lanes<T>;
            store(p, add ? load(p) + c[i][j] : c[i][j]);
        }
}

// Calls f<rows>() for a number of rows known at run time, 1 … tile_rows.
template <int rows = tile_rows, class F>
ADJOINT_INLINE void with_rows(int64_t n, const F& f) {
    if (n == rows)
        f.template operator()<rows>();
    else if constexpr (rows > 1)
        with_rows<rows - 1>(n, f);
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
