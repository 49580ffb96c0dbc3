// C = op(A) op(B), or C += op(A) op(B), on plain memory: what every pass of the matrix product works on.
#pragma once
#include <cstdint>

namespace adjoint {

// All matrices are row-major; a leading dimension is the distance in elements between the starts of two rows.
//   op(A) is m × k: A is stored m × k, or k × m when transpose_a.
//   op(B) is k × n: B is stored k × n, or n × k when transpose_b.
//   C is m × n, and overlaps neither A nor B.
// `batch` such products, their matrices batch_* elements apart; 0 for A or B: all products share it. C's must not be 0.
template <class T>
struct MatmulProblem {
    int64_t m = 0, n = 0, k = 0;
    const T* a = nullptr;
    int64_t lda = 0;
    bool transpose_a = false;
    const T* b = nullptr;
    int64_t ldb = 0;
    bool transpose_b = false;
    T* c = nullptr;
    int64_t ldc = 0;
    bool accumulate = false;
    int64_t batch = 1, batch_a = 0, batch_b = 0, batch_c = 0;
};

// The CPU kernels, one build per instruction set: choose with ADJOINT_CHOOSE_CPU or call from the same pass. The same
// bits for any number of threads. Every sum over k is taken in float32 or float64 as T says, by fused multiply-adds
// (plain x86-64: products and sums). k = 0 writes zeros, or leaves C alone when accumulating.
#define ADJOINT_DECLARE_MATMUL(isa)                  \
    namespace isa {                                  \
    void matmul_raw(const MatmulProblem<float>&);    \
    void matmul_raw(const MatmulProblem<double>&);   \
    }
ADJOINT_DECLARE_MATMUL(isa_baseline)
ADJOINT_DECLARE_MATMUL(isa_avx2)
ADJOINT_DECLARE_MATMUL(isa_avx512)
#undef ADJOINT_DECLARE_MATMUL

}  // namespace adjoint
