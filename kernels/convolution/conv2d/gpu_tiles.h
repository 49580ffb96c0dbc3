// The CUDA kernel of conv2d, its adjoints and its layer: any kernel, stride, dilation, padding, groups.
//
// All three are tiled matrix products over indices made on the fly (no im2col array in memory): 64 rows × 64 columns of
// results per block of 256 threads, 4×4 per thread, products in steps of 16 through shared memory; every number fetched
// is used 64 times from there. Flops: conv2d.cu's head.
#pragma once
#include "engine/gpu.h"
#include "kernels/convolution/conv2d/problems.h"

namespace adjoint::gpu {
namespace {

constexpr int tile = 64, step = 16, per_thread = 4;

template <class T, class Problem>
__global__ void conv2d_tiles(Problem problem) {
    GPU_SHARED(left, T[step][tile + 1]);
    GPU_SHARED(right, T[step][tile + 1]);
    const int64_t g = blockIdx.z, row0 = int64_t(blockIdx.y) * tile, column0 = int64_t(blockIdx.x) * tile;
    const int64_t rows = problem.rows(), columns = problem.columns(), products = problem.products();
    const int tx = int(threadIdx.x) % 16, ty = int(threadIdx.x) / 16;
    T acc[per_thread][per_thread] = {};
    for (int64_t p0 = 0; p0 < products; p0 += step) {
        for (int e = int(threadIdx.x); e < tile * step; e += 256) {
            // Neighbouring threads take neighbouring products of the left matrix, neighbouring columns of the right one.
            const int64_t row = row0 + e / step, p_left = p0 + e % step;
            left[e % step][e / step] = row < rows && p_left < products ? problem.left(g, row, p_left) : T(0);
            const int64_t column = column0 + e % tile, p_right = p0 + e / tile;
            right[e / tile][e % tile] = column < columns && p_right < products ? problem.right(g, p_right, column) : T(0);
        }
        __syncthreads();
        for (int p = 0; p < step; ++p) {
            T a[per_thread], b[per_thread];
            GPU_UNROLL
            for (int i = 0; i < per_thread; ++i) a[i] = left[p][ty + 16 * i];
            GPU_UNROLL
            for (int j = 0; j < per_thread; ++j) b[j] = right[p][tx + 16 * j];
            GPU_UNROLL
            for (int i = 0; i < per_thread; ++i)
                GPU_UNROLL
                for (int j = 0; j < per_thread; ++j) acc[i][j] += a[i] * b[j];
        }
        __syncthreads();
    }
    for (int i = 0; i < per_thread; ++i)
        for (int j = 0; j < per_thread; ++j) {
            const int64_t row = row0 + ty + 16 * i, column = column0 + tx + 16 * j;
            if (row < rows && column < columns) problem.put(g, row, column, acc[i][j]);
        }
}

template <class T, class Problem>
void launch_tiles(const Problem& problem, void* stream) {
    const int64_t rows = problem.rows(), columns = problem.columns();
    if (rows == 0 || columns == 0) return;
    launch(conv2d_tiles<T, Problem>,
           dim3(unsigned((columns + tile - 1) / tile), unsigned((rows + tile - 1) / tile), unsigned(problem.s.groups)),
           dim3(256), 0, stream, problem);
}

}  // namespace
}  // namespace adjoint::gpu
