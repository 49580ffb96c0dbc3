// Transposition on the CPU: squares of vectors are turned in registers, so that whole cache lines are read and written.
#pragma once
#include "engine/cpu_vector.h"

namespace adjoint::ADJOINT_ISA {
namespace {

template <int bytes> struct LaneNumber;
template <> struct LaneNumber<4> { typedef int32_t type __attribute__((vector_size(vector_bytes))); };
template <> struct LaneNumber<8> { typedef int64_t type __attribute__((vector_size(vector_bytes))); };

// Rows of a square of lanes × lanes numbers become its columns: for each distance d = 1, 2, 4, …, the two blocks off
// the diagonal of every 2d × 2d square change places.
template <class T, int d = 1>
ADJOINT_INLINE void turn_square(Vector<T>* v) {
    constexpr int n = lanes<T>;
    if constexpr (d < n) {
        typename LaneNumber<sizeof(T)>::type upper{}, lower{};
        for (int l = 0; l < n; ++l) {
            upper[l] = l & d ? n + l - d : l;
            lower[l] = l & d ? n + l : l + d;
        }
#pragma GCC unroll 16
        for (int i = 0; i < n; ++i)
            if (!(i & d)) {
                const Vector<T> a = v[i], b = v[i + d];
                v[i] = __builtin_shuffle(a, b, upper);
                v[i + d] = __builtin_shuffle(a, b, lower);
            }
        turn_square<T, 2 * d>(v);
    }
}

// y[i·ys + j] = x[j·xs + i], i < rows, j < columns.
template <class T>
void turn_tile(const T* __restrict__ x, int64_t xs, T* __restrict__ y, int64_t ys, int64_t rows, int64_t columns) {
    constexpr int n = lanes<T>;
    int64_t i = 0;
    for (; i + n <= rows; i += n) {
        int64_t j = 0;
        for (; j + n <= columns; j += n) {
            Vector<T> v[n];
#pragma GCC unroll 16
            for (int k = 0; k < n; ++k) v[k] = load(x + (j + k) * xs + i);
            turn_square<T>(v);
#pragma GCC unroll 16
            for (int k = 0; k < n; ++k) store(y + (i + k) * ys + j, v[k]);
        }
        for (; j < columns; ++j)
            for (int k = 0; k < n; ++k) y[(i + k) * ys + j] = x[j * xs + i + k];
    }
    for (; i < rows; ++i)
        for (int64_t j = 0; j < columns; ++j) y[i * ys + j] = x[j * xs + i];
}

// Few planes into few interleaved channels (RGB, complex): y[i·channels + j] = x[j·xs + i].
template <int channels, class T>
void interleave(const T* __restrict__ x, int64_t xs, T* __restrict__ y, int64_t rows) {
    for (int64_t i = 0; i < rows; ++i)
        for (int j = 0; j < channels; ++j) y[i * channels + j] = x[j * xs + i];
}
// And back: y[i·ys + j] = x[j·channels + i], i < channels.
template <int channels, class T>
void part(const T* __restrict__ x, T* __restrict__ y, int64_t ys, int64_t columns) {
    for (int64_t j = 0; j < columns; ++j)
        for (int i = 0; i < channels; ++i) y[i * ys + j] = x[j * channels + i];
}

// As turn_tile, of any size: in squares of 64, so that the pages and lines in use are few.
template <class T>
void turn(const T* x, int64_t xs, T* y, int64_t ys, int64_t rows, int64_t columns) {
    if (ys == columns && columns == 2) return interleave<2>(x, xs, y, rows);
    if (ys == columns && columns == 3) return interleave<3>(x, xs, y, rows);
    if (ys == columns && columns == 4) return interleave<4>(x, xs, y, rows);
    if (xs == rows && rows == 2) return part<2>(x, y, ys, columns);
    if (xs == rows && rows == 3) return part<3>(x, y, ys, columns);
    if (xs == rows && rows == 4) return part<4>(x, y, ys, columns);
    constexpr int64_t side = 64;
    for (int64_t i = 0; i < rows; i += side)
        for (int64_t j = 0; j < columns; j += side)
            turn_tile(x + j * xs + i, xs, y + i * ys + j, ys, smaller(side, rows - i), smaller(side, columns - j));
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
