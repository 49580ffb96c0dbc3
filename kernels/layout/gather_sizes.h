// What gather and its adjoint, scatter_add, share.
#pragma once
#include "engine/kernel_pass.h"
#include "engine/portable.h"

namespace adjoint {

// x: outer × n × inner, index: m, y: outer × m × inner.
struct GatherSizes {
    int64_t outer, n, inner, m;
};
// x: the tensor with axis of n, y: the one with axis of m.
ADJOINT_INLINE GatherSizes gather_sizes(const KernelArguments& a, const ArrayView& x, const ArrayView& y) {
    const int64_t axis = a.integer("axis");
    GatherSizes s{1, x.shape[axis], 1, y.shape[axis]};
    for (int i = 0; i < x.rank; ++i)
        if (i != axis) (i < axis ? s.outer : s.inner) *= x.shape[i];
    return s;
}

// Errors: an index outside [0, n). For host memory; called before anything is written.
void check_indices(const int64_t* index, int64_t m, int64_t n, const char* who);

}  // namespace adjoint

#if ADJOINT_HOST
#include "engine/operation.h"
namespace adjoint {

void check_gather(const Signature&);                     // errors: no such axis; indices that are no vector
InputSample sample_indices(int64_t m, int64_t n);

}  // namespace adjoint
#endif
