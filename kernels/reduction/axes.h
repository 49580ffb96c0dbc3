// What reductions share: a reduction kernel reduces `count` neighbouring axes from axis `first` on, that is, it sees
// its input as outer × reduced × inner.
#pragma once
#include "engine/kernel_arguments.h"
#include "engine/portable.h"

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
namespace adjoint {

Axes sorted_axes(const Shape& shape, const Axes& axes,
                 const std::string& who);                     // from the front, ascending; errors: twice
int64_t reduced_count(const Shape& shape, const Axes& axes);  // elements that go into one result

// op over any axes: group by group of neighbours (for operations that may be applied in parts), or at once, where x is
// turned first so that the axes become neighbours.
Tensor reduce_groups(const Operation& op, const Tensor& x, const Axes& axes);
Tensor reduce_at_once(const Operation& op, const Tensor& x, const Axes& axes, Attributes settings = {});

// Parts of records.
std::vector<TensorSpec> infer_reduction(const Signature&);
double flops_of_reduction(const Signature&);                  // one per number
int64_t reduced_by(const Signature&);                         // numbers that go into one result
Axes reduced_axes(const GradientCall&);
Tensor keep_axes(const Tensor& g, const Shape& shape, const Axes& axes);  // g with the reduced axes back, of size 1
std::vector<Sample> reduction_samples(std::vector<double> kinks = {});
std::vector<Sample> nonempty_reduction_samples();             // for what needs at least two numbers
std::vector<WrongSample> wrong_reductions();
std::vector<WrongSample> wrong_selections();                  // and nothing to choose from

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
