// conv2d with stride 1 and its adjoint on the CPU: by minimal filtering where it applies (winograd.h), else directly
// (blocks.h). Both need fits_blocks.
#pragma once
#include "kernels/convolution/conv2d/winograd.h"

namespace adjoint::ADJOINT_ISA {
namespace {

// y = conv2d(x, w), each row through `finish`.
template <class T, class Image, class Finish = PlainRow>
void convolve_stride_1(const Conv2dSizes& s, const Image& x, const T* w, T* y, const Finish& finish = {}) {
    if (fits_winograd<T>(s))
        convolve_winograd(s, x, w, y, finish);
    else
        convolve_blocks(s, x, w, y, finish);
}

// x = conv2d_transposed(y, w) for stride 1: a convolution of y with the kernel turned round and in- and output channels
// swapped, padded by d (K − 1) − p.
template <class T>
void convolve_transposed_stride_1(const Conv2dSizes& s, const T* y, const T* w, T* x) {
    const int64_t ci = s.ci / s.groups, co = s.co / s.groups, kernel = s.kh * s.kw;
    Scratch<T> turned(size_t(s.ci * co * kernel));
    parallel_for(s.ci, larger<int64_t>(1, 16384 / (co * kernel)), [&](int64_t begin, int64_t end) {
        for (int64_t c = begin; c < end; ++c)
            for (int64_t o = 0; o < co; ++o) {
                const T* from = w + ((c / ci * co + o) * ci + c % ci) * kernel;
                T* to = turned.data() + (c * co + o) * kernel;
                for (int64_t k = 0; k < kernel; ++k) to[kernel - 1 - k] = from[k];
            }
    });
    Conv2dSizes t = s;
    t.ci = s.co;
    t.co = s.ci;
    t.h = s.ho;
    t.w = s.wo;
    t.ho = s.h;
    t.wo = s.w;
    t.padding = s.dilation * (s.kw - 1) - s.padding;
    convolve_stride_1(t, one_image(t, y), turned.data(), x);
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
