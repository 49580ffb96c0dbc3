// What reductions share: a reduction kernel reduces `count` neighbouring axes from axis `first` on, that is, it sees its
// input as outer × reduced × inner.
#pragma once
#include "engine/kernel_arguments.h"
#include "engine/portable.h"

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/reduction/reduction.h"
namespace adjoint {

Axes sorted_axes(const Shape& shape, const Axes& axes, const std::string& who);  // from the front, ascending; errors: twice
Tensor reduce_groups(const Operation& op, const Tensor& x, const Axes& axes);    // op over each group of neighbours
std::vector<TensorSpec> infer_reduction(const Signature&);
int64_t reduced_count(const Shape& shape, const Axes& axes);  // elements that go into one result

}  // namespace adjoint
#endif

namespace adjoint {

struct ReductionSizes {
    int64_t outer, reduced, inner;
};
ADJOINT_INLINE ReductionSizes reduction_sizes(const KernelArguments& a) {
    const ArrayView& x = a.in_view(0);
    const int64_t first = a.integer("first"), count = a.integer("count");
    ReductionSizes s{1, 1, 1};
    for (int i = 0; i < x.rank; ++i)
        (i < first ? s.outer : i < first + count ? s.reduced : s.inner) *= x.shape[i];
    return s;
}

}  // namespace adjoint
