// Pointwise operations, with NumPy's broadcasting: the table of contents. Each line's file: kernels/pointwise/<name>.cu.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

Tensor add(const Tensor& a, const Tensor& b);       // a + b
Tensor multiply(const Tensor& a, const Tensor& b);  // a · b
Tensor exp(const Tensor& x);                        // e^x

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return multiply(a, b); }

// The sum of g over the axes along which `shape` was broadcast to g's shape: the adjoint of broadcasting.
Tensor sum_to(const Tensor& g, const Shape& shape);

}  // namespace adjoint
