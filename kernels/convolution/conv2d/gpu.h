// The CUDA kernels of conv2d and its adjoints.
#pragma once
#include "kernels/convolution/conv2d/gpu_tiles.h"

namespace adjoint::gpu {
namespace {

template <class T>
void conv2d(const KernelArguments& a) {
    const Conv2dSizes s = conv2d_sizes(a, a.in_view(0), a.in_view(1), a.out_view(0));
    launch_tiles<T>(ForwardProblem<T>{s, one_image(s, a.in<T>(0)), a.in<T>(1), a.out<T>(0)}, a.stream);
}
template <class T>
void conv2d_transposed(const KernelArguments& a) {
    launch_tiles<T>(TransposedProblem<T>{conv2d_sizes(a, a.out_view(0), a.in_view(1), a.in_view(0)), a.in<T>(0),
                                         a.in<T>(1), a.out<T>(0)}, a.stream);
}
template <class T>
void conv2d_weight(const KernelArguments& a) {
    launch_tiles<T>(WeightProblem<T>{conv2d_sizes(a, a.in_view(0), a.out_view(0), a.in_view(1)), a.in<T>(0), a.in<T>(1),
                                     a.out<T>(0)}, a.stream);
}

}  // namespace
ADJOINT_KERNELS(conv2d)
ADJOINT_KERNELS(conv2d_transposed)
ADJOINT_KERNELS(conv2d_weight)
}  // namespace adjoint::gpu
