// Orthogonal wavelet transforms: the table of contents.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

// One level of the Daubechies transform with two vanishing moments (4 taps) along two neighbouring axes `axis` and
// axis + 1, of the block [0, height) × [0, width) at their beginning; the rest is copied. Low frequencies come first:
// ⌈n/2⌉ of them, then ⌊n/2⌋ high ones. Orthogonal: the inverse is the adjoint. Errors: no such axis or
// block.
Tensor wavelet_level(const Tensor& x, int64_t axis, int64_t height, int64_t width, bool inverse = false);

// All levels whose low-frequency block keeps at least `smallest` numbers along both axes; and back.
Tensor wavelet(const Tensor& x, int64_t axis, int64_t smallest = 16);
Tensor inverse_wavelet(const Tensor& y, int64_t axis, int64_t smallest = 16);

}  // namespace adjoint
