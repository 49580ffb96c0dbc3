// The matrix product on GPU memory, for every kernel that needs one.
#pragma once
#include "engine/gpu.h"
#include "kernels/linear/matmul/sizes.h"
#if defined(__CUDACC__)
#include <cublas_v2.h>
#endif
namespace adjoint::gpu {
namespace {

// A 64×64 tile of Y per block of 16×16 threads, 4×4 results per thread, K in steps of 16 through shared memory: every
// number fetched from memory is used 64 times. Flops 2·M·N·K; bytes (M·N·K/32 + M·N) numbers. On the emulated device
// this is the kernel; on a real card cuBLAS does the work (design §3) and this one is the yardstick.
constexpr int matmul_tile = 64, matmul_step = 16, per_thread = 4;

template <class T>
__global__ void matmul_tiles(MatmulSizes s, const T* A, const T* B, T* Y) {
    GPU_SHARED(a_tile, T[matmul_step][matmul_tile + 1]);
    GPU_SHARED(b_tile, T[matmul_step][matmul_tile + 1]);
    const int64_t batch = blockIdx.z;
    A += batch * s.a_step;
    B += batch * s.b_step;
    Y += batch * s.m * s.n;
    const int64_t row0 = int64_t(blockIdx.y) * matmul_tile, col0 = int64_t(blockIdx.x) * matmul_tile;
    const int tx = int(threadIdx.x) % 16, ty = int(threadIdx.x) / 16;
    T acc[per_thread][per_thread] = {};
    for (int64_t k0 = 0; k0 < s.k; k0 += matmul_step) {
        for (int e = int(threadIdx.x); e < matmul_tile * matmul_step; e += 256) {
            // Neighbouring threads fetch neighbouring addresses, whichever way a matrix is stored.
            const int ka = s.transpose_a ? e / matmul_tile : e % matmul_step, i = s.transpose_a ? e % matmul_tile : e / matmul_step;
            const int64_t row = row0 + i, pa = k0 + ka;
            a_tile[ka][i] = row < s.m && pa < s.k ? A[s.transpose_a ? pa * s.lda + row : row * s.lda + pa] : T(0);
            const int kb = s.transpose_b ? e % matmul_step : e / matmul_tile, j = s.transpose_b ? e / matmul_step : e % matmul_tile;
            const int64_t col = col0 + j, pb = k0 + kb;
            b_tile[kb][j] = col < s.n && pb < s.k ? B[s.transpose_b ? col * s.ldb + pb : pb * s.ldb + col] : T(0);
        }
        __syncthreads();
        for (int p = 0; p < matmul_step; ++p) {
            T a[per_thread], b[per_thread];
            GPU_UNROLL
            for (int i = 0; i < per_thread; ++i) a[i] = a_tile[p][ty + 16 * i];
            GPU_UNROLL
            for (int j = 0; j < per_thread; ++j) b[j] = b_tile[p][tx + 16 * j];
            GPU_UNROLL
            for (int i = 0; i < per_thread; ++i)
                GPU_UNROLL
                for (int j = 0; j < per_thread; ++j) acc[i][j] += a[i] * b[j];
        }
        __syncthreads();
    }
    for (int i = 0; i < per_thread; ++i)
        for (int j = 0; j < per_thread; ++j) {
            const int64_t row = row0 + ty + 16 * i, col = col0 + tx + 16 * j;
            if (row < s.m && col < s.n) Y[row * s.n + col] = acc[i][j];
        }
}

template <class T>
void multiply_by_tiles(const MatmulSizes& s, const T* A, const T* B, T* Y, void* stream) {
    constexpr int64_t most = 65535;  // limit of a grid's third axis
    for (int64_t first = 0; first < s.batch; first += most) {
        const int64_t count = s.batch - first < most ? s.batch - first : most;
        launch(matmul_tiles<T>, dim3(unsigned((s.n + matmul_tile - 1) / matmul_tile), unsigned((s.m + matmul_tile - 1) / matmul_tile), unsigned(count)),
               dim3(256), 0, stream, s, A + first * s.a_step, B + first * s.b_step, Y + first * s.m * s.n);
    }
}

#if defined(__CUDACC__)
cublasHandle_t blas_handle() {
    static cublasHandle_t handle = [] {
        cublasHandle_t h;
        check_blas(int(cublasCreate(&h)), "cublasCreate");
        // Plain float32 products: no TF32.
        check_blas(int(cublasSetMathMode(h, CUBLAS_PEDANTIC_MATH)), "cublasSetMathMode");
        return h;
    }();
    return handle;
}

// cuBLAS is column-major: our Y (row-major) is its Yᵀ = op(B)ᵀ op(A)ᵀ.
template <class T>
void multiply_matrices(const MatmulSizes& s, const T* A, const T* B, T* Y, void* stream) {
    if (s.batch * s.m * s.n == 0) return;
    if (s.k == 0) return fill(Y, 0, size_t(s.batch * s.m * s.n) * sizeof(T));
    check_blas(int(cublasSetStream(blas_handle(), cudaStream_t(stream))), "cublasSetStream");
    const T one = 1, zero = 0;
    const auto op_a = s.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N, op_b = s.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N;
    const int m = int(s.m), n = int(s.n), k = int(s.k), lda = int(s.lda), ldb = int(s.ldb);
    int status;
    if constexpr (sizeof(T) == 4)
        status = int(cublasSgemmStridedBatched(blas_handle(), op_b, op_a, n, m, k, &one, B, ldb, s.b_step,
                                               A, lda, s.a_step, &zero, Y, n, s.m * s.n, int(s.batch)));
    else
        status = int(cublasDgemmStridedBatched(blas_handle(), op_b, op_a, n, m, k, &one, B, ldb, s.b_step,
                                               A, lda, s.a_step, &zero, Y, n, s.m * s.n, int(s.batch)));
    check_blas(status, "gemm");
}
#else
template <class T>
void multiply_matrices(const MatmulSizes& s, const T* A, const T* B, T* Y, void* stream) {
    if (s.batch * s.m * s.n > 0) multiply_by_tiles(s, A, B, Y, stream);
}
#endif

}  // namespace
}  // namespace adjoint::gpu
