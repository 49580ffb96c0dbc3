// The CPU kernels of conv2d and its adjoints: stride 1 in blocks (stride_1.h, weight.h, winograd_weight.h), patches that do
// not overlap sorted first (patches.h), everything else by the general path (general.h).
#pragma once
#include "kernels/convolution/conv2d/general.h"
#include "kernels/convolution/conv2d/patches.h"
#include "kernels/convolution/conv2d/weight.h"
#include "kernels/convolution/conv2d/winograd_weight.h"

namespace adjoint::ADJOINT_ISA {
namespace {

template <class T>
void conv2d(const KernelArguments& a) {
    const Conv2dSizes s = conv2d_sizes(a, a.in_view(0), a.in_view(1), a.out_view(0));
    if (a.out_view(0).size == 0) return;
    if (fits_blocks(s) && s.ci > 0)
        convolve_stride_1(s, one_image(s, a.in<T>(0)), a.in<T>(1), a.out<T>(0));
    else if (is_patches(s) && s.ci > 0)
        convolve_patches(s, one_image(s, a.in<T>(0)), a.in<T>(1), a.out<T>(0));
    else
        general_products<T>(ForwardProblem<T>{s, one_image(s, a.in<T>(0)), a.in<T>(1), a.out<T>(0)});
}

template <class T>
void conv2d_transposed(const KernelArguments& a) {
    const Conv2dSizes s = conv2d_sizes(a, a.out_view(0), a.in_view(1), a.in_view(0));
    if (a.out_view(0).size == 0) return;
    // The turned convolution has one padding for both axes, so the kernel must be square; its padding may not be
    // negative, nor larger than the kernel's reach.
    if (fits_blocks(s) && s.kh == s.kw && s.co > 0)
        convolve_transposed_stride_1(s, a.in<T>(0), a.in<T>(1), a.out<T>(0));
    else if (is_patches(s) && s.co > 0)
        convolve_transposed_patches(s, a.in<T>(0), a.in<T>(1), a.out<T>(0));
    else
        general_products<T>(TransposedProblem<T>{s, a.in<T>(0), a.in<T>(1), a.out<T>(0)});
}

template <class T>
void conv2d_weight(const KernelArguments& a) {
    const Conv2dSizes s = conv2d_sizes(a, a.in_view(0), a.out_view(0), a.in_view(1));
    if (a.out_view(0).size == 0) return;
    if (fits_winograd<T>(s))
        convolve_weight_winograd(s, a.in<T>(0), a.in<T>(1), a.out<T>(0));
    else if (fits_blocks(s) && s.n > 0)
        convolve_weight_blocks(s, a.in<T>(0), a.in<T>(1), a.out<T>(0));
    else if (is_patches(s) && s.n > 0)
        convolve_weight_patches(s, a.in<T>(0), a.in<T>(1), a.out<T>(0));
    else
        general_products<T>(WeightProblem<T>{s, a.in<T>(0), a.in<T>(1), a.out<T>(0)});
}

}  // namespace
ADJOINT_KERNELS(conv2d)
ADJOINT_KERNELS(conv2d_transposed)
ADJOINT_KERNELS(conv2d_weight)
}  // namespace adjoint::ADJOINT_ISA
