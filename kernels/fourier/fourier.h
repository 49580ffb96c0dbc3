// Fourier transforms: the table of contents.
//
// Complex arrays are real tensors whose last axis has length 2 (re, im); axes are counted without it.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

// y = F x along each of `axes`: centred (the middle sample, index ⌊n/2⌋, is the origin on both sides) and orthonormal,
// for any sizes, so that F⁻¹ = Fᴴ.   y_k = n^{−1/2} Σ_j x_j exp(−2πi (j − ⌊n/2⌋)(k − ⌊n/2⌋)/n)
// Errors: the last axis is not of length 2; an axis that does not exist or is given twice.
Tensor fft(const Tensor& x, const std::vector<int64_t>& axes);
Tensor ifft(const Tensor& x, const std::vector<int64_t>& axes);  // F⁻¹ = Fᴴ

// Over the last two complex axes (the image's rows and columns).
Tensor fft2(const Tensor& x);
Tensor ifft2(const Tensor& x);

}  // namespace adjoint
