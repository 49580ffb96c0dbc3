// Layout operations: the same numbers in another arrangement. The table of contents. All are linear.
// Axes may count from the back where an argument is called `axis`. Errors: sizes or axes that do not fit.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

// The same numbers, row-major, under another shape of as many elements; free (a view). One size may be −1: the rest.
Tensor reshape(const Tensor& x, const Shape& shape);
Tensor reshape(const Tensor& x, const std::vector<int64_t>& sizes);

// x repeated along its axes of size 1, and along new leading axes, to `shape`.
Tensor broadcast_to(const Tensor& x, const Shape& shape);

// Axis k of the result is axis order[k] of x.
Tensor permute(const Tensor& x, const std::vector<int64_t>& order);

// y_i = x[first + step·i] along every axis, i = 0 … size − 1, and 0 where that index does not exist: cuts, strides,
// flips (negative step), pads with zeros. Steps are 1 if not given.
Tensor slice(const Tensor& x, const std::vector<int64_t>& first, const std::vector<int64_t>& size,
             const std::vector<int64_t>& step = {});
// x[…, begin:end:step, …] along one axis. Errors also: a range outside the axis.
Tensor slice_axis(const Tensor& x, int64_t axis, int64_t begin, int64_t end, int64_t step = 1);
// The adjoint of slice: zeros of `shape` with y put where it was taken from.
Tensor unslice(const Tensor& y, const Shape& shape, const std::vector<int64_t>& first,
               const std::vector<int64_t>& step);

// x backwards along `axes`.
Tensor flip(const Tensor& x, const std::vector<int64_t>& axes);

// `before` and `after` more elements along every axis: zeros; the mirror image without its edge (NumPy's reflect) or
// with it (symmetric); the edge repeated (NumPy's edge). Errors also: a negative number.
Tensor pad_zero(const Tensor& x, const std::vector<int64_t>& before, const std::vector<int64_t>& after);
Tensor pad_reflect(const Tensor& x, const std::vector<int64_t>& before, const std::vector<int64_t>& after);
Tensor pad_symmetric(const Tensor& x, const std::vector<int64_t>& before, const std::vector<int64_t>& after);
Tensor pad_replicate(const Tensor& x, const std::vector<int64_t>& before, const std::vector<int64_t>& after);

// y_i = x_(i − shift mod n) along every axis.
Tensor roll(const Tensor& x, const std::vector<int64_t>& shifts);

// y_k = x[index_k] along `axis`; index: int64 vector. Errors also: an index outside the axis.
Tensor gather(const Tensor& x, const Tensor& index, int64_t axis);
// x_j = Σ_{index_k = j} y_k along `axis`, which gets `size` entries: the adjoint of gather. The same bits every time.
Tensor scatter_add(const Tensor& y, const Tensor& index, int64_t axis, int64_t size);

// One after the other along `axis`; side by side along a new `axis`.
Tensor concatenate(const std::vector<Tensor>& x, int64_t axis);
Tensor stack(const std::vector<Tensor>& x, int64_t axis);

}  // namespace adjoint
