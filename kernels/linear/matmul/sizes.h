// The sizes of a matrix product, read off a kernel's arguments; for every pass.
#pragma once
#include "engine/kernel_arguments.h"
#include "engine/portable.h"

namespace adjoint {
namespace {

struct MatmulSizes {
    int64_t batch, m, n, k;
    int64_t a_step, b_step;  // elements from one matrix of the batch to the next; 0: shared
    int64_t lda, ldb;        // elements from one row to the next
    bool transpose_a, transpose_b;
};

ADJOINT_INLINE MatmulSizes matmul_sizes(const KernelArguments& arguments) {
    const ArrayView &a = arguments.in_view(0), &b = arguments.in_view(1), &y = arguments.out_view(0);
    MatmulSizes s{};
    s.transpose_a = arguments.integer("transpose_a");
    s.transpose_b = arguments.integer("transpose_b");
    s.m = y.dim(-2);
    s.n = y.dim(-1);
    s.k = s.transpose_a ? a.dim(-2) : a.dim(-1);
    s.lda = a.dim(-1);
    s.ldb = b.dim(-1);
    s.batch = 1;
    for (int i = 0; i + 2 < y.rank; ++i) s.batch *= y.shape[i];
    s.a_step = a.size == s.m * s.k ? 0 : s.m * s.k;
    s.b_step = b.size == s.k * s.n ? 0 : s.k * s.n;
    return s;
}

}  // namespace
}  // namespace adjoint
