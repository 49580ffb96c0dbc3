// Layout operations: the same numbers in another arrangement. The table of contents.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

// The same numbers, row-major, under another shape of as many elements; free (a view). One size may be −1: what is left.
Tensor reshape(const Tensor& x, const Shape& shape);
Tensor reshape(const Tensor& x, const std::vector<int64_t>& sizes);
// x repeated along its axes of size 1, and along new leading axes, to `shape`.
Tensor broadcast_to(const Tensor& x, const Shape& shape);

}  // namespace adjoint
