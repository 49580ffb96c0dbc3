// The sine layer on GPU memory.
#pragma once
#include "engine/gpu.h"
#include "kernels/math.h"

namespace adjoint::gpu {
namespace {

// One 16×16 tile of outputs per block; x and W pass through shared memory in steps of 16 inputs. The bias, the sine and
// the cosine are applied to the sum in registers, so u never goes to memory.
// Flops 2·rows·in·out, bytes (rows·in·out/8 + 2·rows·out) numbers. Compiled for GPUs; its rate on one is not
// measured yet.
constexpr int sine_tile = 16;

template <class T>
__global__ void sine_layer_tiles(const T* x, const T* W, const T* b, T* y, T* c, int64_t rows, int64_t in, int64_t out,
                                 T omega) {
    GPU_SHARED(x_tile, T[sine_tile][sine_tile + 1]);
    GPU_SHARED(w_tile, T[sine_tile][sine_tile + 1]);
    const int64_t r = int64_t(blockIdx.x) * sine_tile + threadIdx.y, o = int64_t(blockIdx.y) * sine_tile + threadIdx.x;
    const int64_t w_row = int64_t(blockIdx.y) * sine_tile + threadIdx.y;
    T u = T(0);
    for (int64_t k0 = 0; k0 < in; k0 += sine_tile) {
        const int64_t k = k0 + threadIdx.x;
        x_tile[threadIdx.y][threadIdx.x] = r < rows && k < in ? x[r * in + k] : T(0);
        w_tile[threadIdx.y][threadIdx.x] = w_row < out && k < in ? W[w_row * in + k] : T(0);
        __syncthreads();
        GPU_UNROLL
        for (int p = 0; p < sine_tile; ++p) u += x_tile[threadIdx.y][p] * w_tile[threadIdx.x][p];
        __syncthreads();
    }
    if (r >= rows || o >= out) return;
    u = omega * (u + b[o]);
    y[r * out + o] = math::sin(u);
    c[r * out + o] = math::cos(u);
}

template <class T>
void run_sine_layer(int64_t rows, int64_t in, int64_t out, T omega, const T* x, const T* W, const T* b, T* y, T* c, void* stream) {
    if (rows * out == 0) return;
    launch(sine_layer_tiles<T>,
           dim3(unsigned((rows + sine_tile - 1) / sine_tile), unsigned((out + sine_tile - 1) / sine_tile)),
           dim3(sine_tile, sine_tile), 0, stream, x, W, b, y, c, rows, in, out, omega);
}

// A block of 32×8 threads owns 32 columns: it writes g row by row and keeps the column sums in registers, then adds the
// eight partial sums of a column in order. Every number is read and written once; the order of additions is fixed.
template <class T>
__global__ void sine_layer_cotangent_columns(const T* dy, const T* c, T* g, T* db, int64_t rows, int64_t out, T omega) {
    GPU_SHARED(partial, T[8][33]);
    const int64_t o = int64_t(blockIdx.x) * 32 + threadIdx.x;
    T total = T(0);
    if (o < out)
        for (int64_t r = threadIdx.y; r < rows; r += 8) {
            const T v = omega * dy[r * out + o] * c[r * out + o];
            g[r * out + o] = v;
            total += v;
        }
    partial[threadIdx.y][threadIdx.x] = total;
    __syncthreads();
    if (threadIdx.y == 0 && o < out) {
        for (int k = 1; k < 8; ++k) total += partial[k][threadIdx.x];
        db[o] = total;
    }
}

template <class T>
void run_sine_layer_cotangent(int64_t rows, int64_t out, T omega, const T* dy, const T* c, T* g, T* db, void* stream) {
    if (out == 0) return;
    launch(sine_layer_cotangent_columns<T>, dim3(unsigned((out + 31) / 32)), dim3(32, 8), 0, stream, dy, c, g, db, rows, out, omega);
}

}  // namespace
}  // namespace adjoint::gpu
