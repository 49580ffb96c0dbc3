// Matrix products: the table of contents.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

struct Transposed {
    bool a = false, b = false;
};

// Y = op(A) op(B) over the last two axes, op(X) = X or Xᵀ; leading axes are a batch and broadcast.
//   A: …×M×K (or …×K×M when transposed.a), B: …×K×N (or …×N×K), Y: …×M×N.
// Errors: inner sizes differ; batch axes do not go together; fewer than two axes.
Tensor matmul(const Tensor& a, const Tensor& b, Transposed transposed = {});

}  // namespace adjoint
