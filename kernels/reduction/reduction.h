// Reductions over any axes: the table of contents. `axes` may count from the back (−1 is the last); none given: all.
// The reduced axes disappear from the shape.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

using Axes = std::vector<int64_t>;

Tensor sum(const Tensor& x, const Axes& axes = {});   // Σ x
Tensor mean(const Tensor& x, const Axes& axes = {});  // Σ x / n
// g, repeated along `axes` (of the full `shape`) to that shape: the adjoint of sum.
Tensor spread(const Tensor& g, const Shape& shape, const Axes& axes);

}  // namespace adjoint
