// Convolutions whose patches neither overlap nor leave gaps (stride = kernel size, no padding), as the 2×2 ones with which
// U-Nets halve and double images, on the CPU.
//
// Sorted by their place (u, v) in the patch, the pixels of x are an image of Ci·k·k channels of H'×W', for which the
// convolution is a 1×1 one with the same weights: stride_1.h and weight.h do the rest. Sorting is one more reading and
// writing of x.
#pragma once
#include "kernels/convolution/conv2d/stride_1.h"
#include "kernels/convolution/conv2d/weight.h"

namespace adjoint::ADJOINT_ISA {
namespace {

ADJOINT_INLINE bool is_patches(const Conv2dSizes& s) {
    return s.stride > 1 && s.kh == s.stride && s.kw == s.stride && s.dilation == 1 && s.padding == 0;
}

// The sizes of the 1×1 convolution.
ADJOINT_INLINE Conv2dSizes sorted_sizes(const Conv2dSizes& s) {
    return {s.n, s.ci * s.kh * s.kw, s.ho, s.wo, s.co, 1, 1, s.ho, s.wo, 1, 1, 0, s.groups};
}

// Calls f(image, channel, row of patches, u) for all rows of x that belong to a patch.
template <class F>
ADJOINT_INLINE void for_patch_rows(const Conv2dSizes& s, const F& f) {
    parallel_for(s.n * s.ci * s.ho, larger<int64_t>(1, 16384 / (s.kh * s.w)), [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k)
            for (int64_t u = 0; u < s.kh; ++u) f(k / (s.ci * s.ho), k / s.ho % s.ci, k % s.ho, u);
    });
}

// sorted[n, (c, u, v), i, j] = x[n, c, i k + u, j k + v]
template <class T, class Image>
void sort_patches(const Conv2dSizes& s, const Image& x, T* sorted) {
    for_patch_rows(s, [&](int64_t n, int64_t c, int64_t i, int64_t u) {
        const T* __restrict__ from = x.channel(n, c) + (i * s.kh + u) * s.w;
        for (int64_t v = 0; v < s.kw; ++v) {
            T* __restrict__ to = sorted + ((((n * s.ci + c) * s.kh + u) * s.kw + v) * s.ho + i) * s.wo;
            if (s.kw == 2)  // said twice, so that the compiler finds vectors
                for (int64_t j = 0; j < s.wo; ++j) to[j] = from[2 * j + v];
            else
                for (int64_t j = 0; j < s.wo; ++j) to[j] = from[j * s.kw + v];
        }
    });
}

// The way back; pixels of x that belong to no patch become zero.
template <class T>
void unsort_patches(const Conv2dSizes& s, const T* sorted, T* x) {
    if (s.ho * s.kh < s.h || s.wo * s.kw < s.w) std::memset(x, 0, size_t(s.n * s.ci * s.h * s.w) * sizeof(T));
    for_patch_rows(s, [&](int64_t n, int64_t c, int64_t i, int64_t u) {
        T* __restrict__ to = x + ((n * s.ci + c) * s.h + i * s.kh + u) * s.w;
        const T* __restrict__ from = sorted + (((n * s.ci + c) * s.kh + u) * s.kw * s.ho + i) * s.wo;
        const int64_t step = s.ho * s.wo;  // from one v to the next
        if (s.kw == 2)
            for (int64_t j = 0; j < s.wo; ++j) to[2 * j] = from[j], to[2 * j + 1] = from[step + j];
        else
            for (int64_t v = 0; v < s.kw; ++v)
                for (int64_t j = 0; j < s.wo; ++j) to[j * s.kw + v] = from[v * step + j];
    });
}

template <class T, class Image, class Finish = PlainRow>
void convolve_patches(const Conv2dSizes& s, const Image& x, const T* w, T* y, const Finish& finish = {}) {
    const Conv2dSizes one = sorted_sizes(s);
    Scratch<T> sorted(one.n * one.ci * one.h * one.w);
    sort_patches(s, x, sorted.data());
    convolve_stride_1(one, one_image(one, static_cast<const T*>(sorted.data())), w, y, finish);
}

template <class T>
void convolve_transposed_patches(const Conv2dSizes& s, const T* y, const T* w, T* x) {
    const Conv2dSizes one = sorted_sizes(s);
    Scratch<T> sorted(one.n * one.ci * one.h * one.w);
    if (s.ho > 0 && s.wo > 0) convolve_transposed_stride_1(one, y, w, sorted.data());
    unsort_patches(s, sorted.data(), x);
}

template <class T>
void convolve_weight_patches(const Conv2dSizes& s, const T* x, const T* y, T* w) {
    const Conv2dSizes one = sorted_sizes(s);
    Scratch<T> sorted(one.n * one.ci * one.h * one.w);
    sort_patches(s, one_image(s, x), sorted.data());
    convolve_weight_blocks(one, static_cast<const T*>(sorted.data()), y, w);
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
