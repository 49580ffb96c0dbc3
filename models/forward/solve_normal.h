// Solving the normal equations of a Cartesian encoding: the data-consistency step of MoDL, and SENSE.
#pragma once
#include "kernels/solve/solve.h"
#include "models/forward/cartesian.h"

namespace adjoint {

// x = (Eᴴ E + λ)⁻¹ b by conjugate gradients; λ: a tensor of one element. b, start: N×H×W.
// Gradients in both modes of kernels/solve, with respect to b, λ and the maps (and, unrolled, to start and mask). The
// implicit ones are, unlike those of a general operator, there to any order: with u = (Eᴴ E + λ)⁻¹ g,
//   dL/db = u,  dL/dλ = −Re⟨u, x⟩,  dL/dS = −(gradient of ⟨u, Eᴴ E x⟩),
// each of which is made of recorded operations again.
Complex solve_normal(const CartesianEncoding& E, const Tensor& lambda, const Complex& b, const Complex& start,
                     const SolveSettings&);

}  // namespace adjoint
