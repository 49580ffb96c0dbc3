// The lines of an array outer × n × inner through cuFFT, centred and orthonormal. Only in CUDA builds.
//
// Plans are kept: making one takes far longer than a transform, and a solver asks for the same few again and again.
// Nothing here waits for the device, so a solve on the GPU can be queued as a whole.
#pragma once
#include <cufft.h>

#include <mutex>

#include "engine/gpu.h"
#include "kernels/gpu_scratch.h"

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

// One plan transforms `batch` lines of n numbers: neighbours of one block where inner > 1 (then batch = inner), lines one
// after the other where inner = 1.
struct LinePlan {
    int64_t n = 0, inner = 0, batch = 0;
    bool float32 = false;
    cufftHandle handle = 0;
    uint64_t last_use = 0;  // 0: an empty place
};

// The plans used last. Callers hold the mutex while they use a plan: cuFFT plans are not to be shared between threads.
struct LinePlans {
    static constexpr int places = 32;
    LinePlan plans[places];
    uint64_t uses = 0;
    std::mutex mutex;

    cufftHandle get(int64_t n, int64_t inner, int64_t batch, bool float32) {
        LinePlan* oldest = &plans[0];
        for (LinePlan& p : plans) {
            if (p.last_use && p.n == n && p.inner == inner && p.batch == batch && p.float32 == float32) {
                p.last_use = ++uses;
                return p.handle;
            }
            if (p.last_use < oldest->last_use) oldest = &p;
        }
        if (oldest->last_use) {
            cufftDestroy(oldest->handle);
            oldest->last_use = 0;
        }
        int size = int(n);
        const int step = int(inner), between = inner == 1 ? int(n) : 1;
        check_fft(cufftPlanMany(&oldest->handle, 1, &size, &size, step, between, &size, step, between,
                                float32 ? CUFFT_C2C : CUFFT_Z2Z, int(batch)),
                  "cufftPlanMany");
        *oldest = {n, inner, batch, float32, oldest->handle, ++uses};
        return oldest->handle;
    }
};
inline LinePlans& line_plans() {
    static LinePlans* plans = new LinePlans;  // never destroyed: the driver may be gone before
    return *plans;
}

inline void execute(cufftHandle plan, float* p, int direction) {
    cufftComplex* z = reinterpret_cast<cufftComplex*>(p);
    check_fft(cufftExecC2C(plan, z, z, direction), "cufftExecC2C");
}
inline void execute(cufftHandle plan, double* p, int direction) {
    cufftDoubleComplex* z = reinterpret_cast<cufftDoubleComplex*>(p);
    check_fft(cufftExecZ2Z(plan, z, z, direction), "cufftExecZ2Z");
}

template <class T>
void cufft_lines(const T* x, T* y, int64_t outer, int64_t n, int64_t inner, bool inverse, void* stream) {
    const int64_t total = outer * n * inner;
    const unsigned blocks = unsigned((total + 255) / 256);
    const bool rows = inner == 1;
    GpuScratch<T> work(2 * total);
    launch(rotate_lines<T>, dim3(blocks), dim3(256), 0, stream, x, work.data(), total, n, inner, n / 2, T(1));
    {
        LinePlans& plans = line_plans();
        const std::lock_guard<std::mutex> lock(plans.mutex);
        const cufftHandle plan = plans.get(n, inner, rows ? outer : inner, sizeof(T) == 4);
        check_fft(cufftSetStream(plan, cudaStream_t(stream)), "cufftSetStream");
        for (int64_t o = 0; o < (rows ? 1 : outer); ++o)
            execute(plan, work.data() + 2 * o * n * inner, inverse ? CUFFT_INVERSE : CUFFT_FORWARD);
    }
    launch(rotate_lines<T>, dim3(blocks), dim3(256), 0, stream, static_cast<const T*>(work.data()), y, total, n, inner,
           n - n / 2, T(1 / sqrt(double(n))));
}

}  // namespace
}  // namespace adjoint::gpu
