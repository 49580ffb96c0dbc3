// Reductions over any axes: the table of contents. `axes` may count from the back (−1 is the last); none given: all.
// The reduced axes disappear from the shape. Errors: an axis that is not there, or given twice.
// Sums run in float64 in every type and on every device, so a float32 sum is the exact one, rounded once, but for 1e-13
// of Σ|x|; and with the same bits for any number of threads.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

using Axes = std::vector<int64_t>;

Tensor sum(const Tensor& x, const Axes& axes = {});             // Σ x
Tensor mean(const Tensor& x, const Axes& axes = {});            // Σ x / n; NaN for n = 0
Tensor sum_of_squares(const Tensor& x, const Axes& axes = {});  // Σ x²
Tensor norm(const Tensor& x, const Axes& axes = {});            // √(Σ x²); gradient 0 where all x are 0

// Σ (x − mean)² / (n − correction), correction 0 (population) or 1 (sample). Errors also: n ≤ correction.
Tensor variance(const Tensor& x, const Axes& axes = {}, int64_t correction = 0);

// x − mean(x), the mean repeated along its axes: x's shape.
Tensor centre(const Tensor& x, const Axes& axes = {});

// The largest and the smallest number; NaN if there is one. Equal ones share the gradient equally. Errors also: n = 0.
Tensor max(const Tensor& x, const Axes& axes = {});
Tensor min(const Tensor& x, const Axes& axes = {});

// The place of the largest number along an axis, or row-major over all, as int64: the first of equal ones, or the first
// NaN. Has no gradient. Errors also: n = 0.
Tensor argmax(const Tensor& x, int64_t axis);
Tensor argmax(const Tensor& x);

// g, repeated along `axes` (of the full `shape`) to that shape: the adjoint of sum.
Tensor spread(const Tensor& g, const Shape& shape, const Axes& axes);

}  // namespace adjoint
