// The lines of an array outer × n × inner through cuFFT, centred and orthonormal. Only in CUDA builds.
#pragma once
#include <cufft.h>

#include "engine/gpu.h"

namespace adjoint::gpu {
namespace {

inline void check_fft(cufftResult r, const char* what) {
    if (r != CUFFT_SUCCESS) library_failure("cuFFT", what, int(r));
}

// y = x with every line rotated, so that sample `shift` comes first, and scaled. In and out may not be the same.
template <class T>
__global__ void rotate_lines(const T* x, T* y, int64_t total, int64_t n, int64_t inner, int64_t shift, T scale) {
    const int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (e >= total) return;
    const int64_t i = e % inner, j = e / inner % n, o = e / (inner * n);
    const int64_t from = (o * n + (j + shift) % n) * inner + i;
    y[2 * e] = scale * x[2 * from];
    y[2 * e + 1] = scale * x[2 * from + 1];
}

template <class T>
void cufft_lines(const T* x, T* y, int64_t outer, int64_t n, int64_t inner, bool inverse, void* stream) {
    const int64_t total = outer * n * inner;
    const unsigned blocks = unsigned((total + 255) / 256);
    T* work = static_cast<T*>(allocate(size_t(2 * total) * sizeof(T)));
    launch(rotate_lines<T>, dim3(blocks), dim3(256), 0, stream, x, work, total, n, inner, n / 2, T(1));
    cufftHandle plan;
    int size = int(n);
    // One plan transforms `inner` neighbouring lines of one outer block, or all lines at once when inner = 1.
    const bool rows = inner == 1;
    check_fft(cufftPlanMany(&plan, 1, &size, &size, int(inner), rows ? int(n) : 1, &size, int(inner), rows ? int(n) : 1,
                            sizeof(T) == 4 ? CUFFT_C2C : CUFFT_Z2Z, int(rows ? outer : inner)), "cufftPlanMany");
    check_fft(cufftSetStream(plan, cudaStream_t(stream)), "cufftSetStream");
    const int direction = inverse ? CUFFT_INVERSE : CUFFT_FORWARD;
    for (int64_t o = 0; o < (rows ? 1 : outer); ++o) {
        T* p = work + 2 * o * n * inner;
        if constexpr (sizeof(T) == 4)
            check_fft(cufftExecC2C(plan, reinterpret_cast<cufftComplex*>(p), reinterpret_cast<cufftComplex*>(p), direction), "cufftExecC2C");
        else
            check_fft(cufftExecZ2Z(plan, reinterpret_cast<cufftDoubleComplex*>(p), reinterpret_cast<cufftDoubleComplex*>(p), direction), "cufftExecZ2Z");
    }
    launch(rotate_lines<T>, dim3(blocks), dim3(256), 0, stream, work, y, total, n, inner, n - n / 2, T(1 / sqrt(double(n))));
    synchronise();
    cufftDestroy(plan);
    release(work);
}

}  // namespace
}  // namespace adjoint::gpu
