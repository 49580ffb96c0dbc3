// Moves on the GPU. In general one thread per output element: neighbouring threads write neighbouring elements, and
// read such ones wherever the input's last axis is walked in order. Where it is walked across, squares of 32 × 32
// elements pass through shared memory (33 columns wide: no bank conflicts), so that both sides are whole lines. Bytes:
// every element read and written once. Indices are divided in 32 bits where they fit.
#pragma once
#include "engine/gpu.h"
#include "kernels/layout/move_plan.h"

namespace adjoint::gpu {
namespace {

template <class T, class Index>
__global__ void move_elements(Move m, const T* x, T* y) {
    const int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= m.total) return;
    const int64_t from = source_of(m, Index(i));
    y[i] = from < 0 ? T(0) : x[from];
}

struct Turn {
    Move rest;  // the other axes
    int64_t out_stride[8];
    int64_t rows, columns;  // of one plane of the output
    int64_t xs, ys;         // between columns in the input, between rows in the output
    int64_t row_tiles, column_tiles;
};

template <class T>
__global__ void turn_tiles(Turn t, const T* x, T* y) {
    GPU_SHARED(tile, T[32][33]);
    int64_t b = blockIdx.x;
    const int64_t j0 = b % t.column_tiles * 32, i0 = b / t.column_tiles % t.row_tiles * 32;
    const int64_t o = b / (t.column_tiles * t.row_tiles), from = source_of(t.rest, o);
    const int tx = int(threadIdx.x) % 32, ty = int(threadIdx.x) / 32;
    for (int k = ty; k < 32; k += 8)
        if (i0 + tx < t.rows && j0 + k < t.columns)
            tile[k][tx] = from < 0 ? T(0) : x[from + (j0 + k) * t.xs + i0 + tx];
    __syncthreads();
    T* plane = y + place_of(t.rest, t.out_stride, o);
    for (int k = ty; k < 32; k += 8)
        if (i0 + k < t.rows && j0 + tx < t.columns) plane[(i0 + k) * t.ys + j0 + tx] = tile[tx][k];
}

template <class T>
void move(const Move& plan, const KernelArguments& a) {
    if (plan.total == 0) return;
    const Move m = simplified(plan);
    const int across = turned_axis(m), last = m.rank - 1;
    // Planes of a few rows or columns leave most of a square empty: caches do better.
    if (across >= 0 && m.size[across] >= 8 && m.size[last] >= 8) {
        Turn t{};
        t.rest = without_axes(m, across, last, t.out_stride);
        t.rows = m.size[across];
        t.columns = m.size[last];
        t.xs = m.stride[last];
        t.ys = 1;
        for (int k = across + 1; k < m.rank; ++k) t.ys *= m.size[k];
        t.row_tiles = (t.rows + 31) / 32;
        t.column_tiles = (t.columns + 31) / 32;
        launch(turn_tiles<T>, dim3(unsigned(t.rest.total * t.row_tiles * t.column_tiles)), dim3(256), 0, a.stream, t,
               a.in<T>(0), a.out<T>(0));
        return;
    }
    const dim3 grid(unsigned((m.total + 255) / 256));
    if (m.total < int64_t(1) << 31)
        launch(move_elements<T, uint32_t>, grid, dim3(256), 0, a.stream, m, a.in<T>(0), a.out<T>(0));
    else
        launch(move_elements<T, int64_t>, grid, dim3(256), 0, a.stream, m, a.in<T>(0), a.out<T>(0));
}

}  // namespace
}  // namespace adjoint::gpu
