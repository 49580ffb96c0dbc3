// conv2d and its adjoints as matrix products over indices: for group g, result[row, column] = Σ_p left[row, p] right[p, column].
//
//   conv2d:             rows o, columns (n, i, j), products (c, u, v)
//   conv2d_transposed:  rows c, columns (n, row, column), products (o, u, v)
//   conv2d_weight:      rows o, columns (c, u, v), products (n, i, j)
//
// Used by the CUDA tiles and by the CPU's general path, which build blocks of both matrices on the fly: no im2col array
// ever lies in memory.
#pragma once
#include "kernels/convolution/conv2d/images.h"

namespace adjoint {
namespace {

template <class T, class Image = OneImage<T>>
struct ForwardProblem {
    static constexpr bool only_real_numbers = true;  // what its pointers lead to, for the emulator
    Conv2dSizes s;
    Image x;
    const T* w;
    T* y;
    ADJOINT_BOTH int64_t rows() const { return s.co / s.groups; }
    ADJOINT_BOTH int64_t columns() const { return s.n * s.ho * s.wo; }
    ADJOINT_BOTH int64_t products() const { return s.ci / s.groups * s.kh * s.kw; }
    ADJOINT_BOTH T left(int64_t g, int64_t row, int64_t p) const { return w[(g * rows() + row) * products() + p]; }
    ADJOINT_BOTH T right(int64_t g, int64_t p, int64_t column) const {
        const int64_t v = p % s.kw, u = p / s.kw % s.kh, c = g * (s.ci / s.groups) + p / (s.kw * s.kh);
        const int64_t j = column % s.wo, i = column / s.wo % s.ho, n = column / (s.wo * s.ho);
        const int64_t at_row = i * s.stride + u * s.dilation - s.padding;
        const int64_t at_column = j * s.stride + v * s.dilation - s.padding;
        if (at_row < 0 || at_row >= s.h || at_column < 0 || at_column >= s.w) return T(0);
        return x.channel(n, c)[at_row * s.w + at_column];
    }
    ADJOINT_BOTH void put(int64_t g, int64_t row, int64_t column, T value) const {
        const int64_t image = s.ho * s.wo;
        y[(column / image * s.co + g * rows() + row) * image + column % image] = value;
    }
};

template <class T>
struct TransposedProblem {
    static constexpr bool only_real_numbers = true;  // what its pointers lead to, for the emulator
    Conv2dSizes s;
    const T *y, *w;
    T* x;
    ADJOINT_BOTH int64_t rows() const { return s.ci / s.groups; }
    ADJOINT_BOTH int64_t columns() const { return s.n * s.h * s.w; }
    ADJOINT_BOTH int64_t products() const { return s.co / s.groups * s.kh * s.kw; }
    ADJOINT_BOTH T left(int64_t g, int64_t row, int64_t p) const {
        const int64_t uv = p % (s.kh * s.kw), o = g * (s.co / s.groups) + p / (s.kh * s.kw);
        return w[(o * rows() + row) * s.kh * s.kw + uv];
    }
    ADJOINT_BOTH T right(int64_t g, int64_t p, int64_t column) const {
        const int64_t v = p % s.kw, u = p / s.kw % s.kh, o = g * (s.co / s.groups) + p / (s.kw * s.kh);
        const int64_t n = column / (s.h * s.w);
        const int64_t i = conv2d_output_of(column / s.w % s.h, u, s.ho, s), j = conv2d_output_of(column % s.w, v, s.wo, s);
        return i < 0 || j < 0 ? T(0) : y[((n * s.co + o) * s.ho + i) * s.wo + j];
    }
    ADJOINT_BOTH void put(int64_t g, int64_t row, int64_t column, T value) const {
        const int64_t image = s.h * s.w;
        x[(column / image * s.ci + g * rows() + row) * image + column % image] = value;
    }
};

template <class T>
struct WeightProblem {
    static constexpr bool only_real_numbers = true;  // what its pointers lead to, for the emulator
    Conv2dSizes s;
    const T *x, *y;
    T* w;
    ADJOINT_BOTH int64_t rows() const { return s.co / s.groups; }
    ADJOINT_BOTH int64_t columns() const { return s.ci / s.groups * s.kh * s.kw; }
    ADJOINT_BOTH int64_t products() const { return s.n * s.ho * s.wo; }
    ADJOINT_BOTH T left(int64_t g, int64_t row, int64_t p) const {
        const int64_t image = s.ho * s.wo;
        return y[(p / image * s.co + g * rows() + row) * image + p % image];
    }
    ADJOINT_BOTH T right(int64_t g, int64_t p, int64_t column) const {
        return ForwardProblem<T>{s, one_image(s, x), nullptr, nullptr}.right(g, column, p);
    }
    ADJOINT_BOTH void put(int64_t g, int64_t row, int64_t column, T value) const {
        w[(g * rows() + row) * columns() + column] = value;
    }
};

}  // namespace
}  // namespace adjoint
