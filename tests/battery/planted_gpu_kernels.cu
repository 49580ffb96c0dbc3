// Wrong CUDA kernels: the sum of kernels/reduction/sum.cu with one mistake at a time, for the emulated device.
#include "tests/battery/planted_gpu.h"

#if ADJOINT_GPU
#include "engine/gpu.h"
#include "kernels/reduction/axes.h"
namespace adjoint::gpu {
namespace {

using planted::GpuMistake;
constexpr int threads = 64;

// One block per output: strided partial sums, then a tree in shared memory.
template <class T, GpuMistake mistake>
__global__ void sum_of_block(const T* x, T* y, int64_t outputs, int64_t reduced, int64_t inner) {
    GPU_SHARED(partial, T[threads]);
    const int me = int(threadIdx.x);
    const int64_t k = blockIdx.x;
    const T* run = x + k / inner * reduced * inner + k % inner;
    const int64_t end = reduced + (mistake == GpuMistake::reads_past_the_end);
    T total = T(0);
    for (int64_t r = me; r < end; r += threads) total += run[r * inner];

    // One thread has nothing to add, and leaves its place as it found it.
    if (mistake != GpuMistake::uninitialised_shared || me != threads - 1) {
        const int place = mistake == GpuMistake::past_shared ? me + 1 : me;
        partial[place] = total;
    }
    if (mistake != GpuMistake::missing_barrier) __syncthreads();

    for (int half = threads / 2; half > 0; half /= 2) {
        if (mistake == GpuMistake::divergent_barrier) {
            if (me < half) {
                partial[me] += partial[me + half];
                __syncthreads();
            }
        } else {
            if (me < half) partial[me] += partial[me + half];
            if (mistake != GpuMistake::missing_barrier_in_tree) __syncthreads();
        }
    }
    __syncthreads();
    if (me == 0) y[k] = partial[0];
    if (mistake == GpuMistake::writes_past_the_end && me == 0 && k == outputs - 1) y[k + 1] = T(0);
}

// Two halves of the run in two blocks that add to the same output without an atomic operation.
template <class T>
__global__ void clear(T* y, int64_t outputs) {
    const int64_t k = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (k < outputs) y[k] = T(0);
}
template <class T>
__global__ void sum_in_two_blocks(const T* x, T* y, int64_t reduced, int64_t inner) {
    const int64_t k = blockIdx.x;
    const T* run = x + k / inner * reduced * inner + k % inner;
    const int64_t middle = reduced / 2, begin = blockIdx.y ? middle : 0, end = blockIdx.y ? reduced : middle;
    T total = T(0);
    for (int64_t r = begin; r < end; ++r) total += run[r * inner];
    y[k] += total;
}

// All threads read the sum of the first round before it is cleared for the second: or so it is hoped.
template <class T>
__global__ void sum_in_rounds(const T* x, T* y, int64_t reduced, int64_t inner) {
    GPU_SHARED(round, T[threads]);
    const int me = int(threadIdx.x);
    const int64_t k = blockIdx.x;
    const T* run = x + k / inner * reduced * inner + k % inner;
    T total = T(0);
    for (int64_t r0 = 0; r0 < reduced; r0 += threads) {
        round[me] = r0 + me < reduced ? run[(r0 + me) * inner] : T(0);
        __syncthreads();
        if (me == threads - 1)  // the last to run when threads run in order
            for (int i = 0; i < threads; ++i) total += round[i];
        // a barrier is missing here: the next round overwrites what the last thread still reads
    }
    if (me == threads - 1) y[k] = total;
}

template <class T, GpuMistake mistake>
void planted_sum(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    const int64_t outputs = n.outer * n.inner, blocks = outputs - (mistake == GpuMistake::last_block_missing);
    if (blocks <= 0) return;
    const dim3 grid{unsigned(blocks)};
    if constexpr (mistake == GpuMistake::race_between_blocks) {
        launch(clear<T>, dim3(unsigned((outputs + threads - 1) / threads)), dim3(threads), 0, a.stream, a.out<T>(0), outputs);
        launch(sum_in_two_blocks<T>, dim3(unsigned(blocks), 2), dim3(1), 0, a.stream, a.in<T>(0), a.out<T>(0), n.reduced,
               n.inner);
    } else if constexpr (mistake == GpuMistake::missing_second_barrier) {
        launch(sum_in_rounds<T>, grid, dim3(threads), 0, a.stream, a.in<T>(0), a.out<T>(0), n.reduced, n.inner);
    } else {
        launch(sum_of_block<T, mistake>, grid, dim3(threads), 0, a.stream, a.in<T>(0), a.out<T>(0), outputs, n.reduced,
               n.inner);
    }
}

}  // namespace

#define PLANTED(mistake)                                                                                       \
    void planted_##mistake##_f32(const KernelArguments& a) { planted_sum<float, GpuMistake::mistake>(a); }      \
    void planted_##mistake##_f64(const KernelArguments& a) { planted_sum<double, GpuMistake::mistake>(a); }
ADJOINT_PLANTED_GPU_MISTAKES(PLANTED)

}  // namespace adjoint::gpu
#endif
