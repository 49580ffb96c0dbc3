// Solving A x = b for symmetric positive definite A given as a function, image by image: the table of contents.
#pragma once
#include <functional>
#include <vector>

#include "kernels/complex/complex.h"

namespace adjoint {

// --- the steps of the solver, each in <name>.cu
Tensor add_scaled(const Tensor& a, const Tensor& s, const Tensor& b);  // a + s b, with broadcasting
Tensor row_dot(const Tensor& a, const Tensor& b);                      // Σ a b over all axes but the first

// A x for images x: the first axis counts images, and A must not mix them. Symmetric over the reals, ⟨A x, y⟩ =
// ⟨x, A y⟩ (a Hermitian operator on complex images is), and positive definite.
using LinearOperator = std::function<Tensor(const Tensor&)>;
using ComplexOperator = std::function<Complex(const Complex&)>;

// How gradients flow through the solution, to everything that A and b are made of on the tape:
//   implicit  the solution is taken as exact: dL/db = A⁻¹ dL/dx by another solve of the same settings, and through
//             A x = b at the solution to what A is made of. Memory of one application of A. Nothing flows to `start`.
//             First derivatives only: a gradient with create_graph is refused, and unrolled is named instead.
//   unrolled  through every step as it was computed, to any order; also to `start`. Memory grows with the steps.
// They differ by what the solve left unsolved, so their difference falls with the tolerance.
enum class SolveGradient { implicit, unrolled };

struct SolveSettings {
    int iterations = 10;         // at most
    double tolerance = 0;        // an image is solved when ‖r‖ ≤ tolerance · ‖b‖, r = b − A x
    double absolute = 0;         // … or when ‖r‖ ≤ absolute
    SolveGradient gradient = SolveGradient::implicit;
    // The host looks whether all images are solved before every check_every-th step; 0: never, so that nothing waits
    // for the device; −1: 1 on host devices and 0 on others. What is computed does not depend on it: a solved image
    // stands still to the bit. With 0 no step of the solver waits for the device, and neither does an encoding of
    // models/forward, but for the first Fourier transform of a size.
    int check_every = -1;
};

struct Solution {
    Tensor x;
    // ‖r‖² of every image (shape N) before the first step and after every step, as the recurrence knows it.
    std::vector<Tensor> squared_residuals;
    int iterations() const { return int(squared_residuals.size()) - 1; }
};

// Conjugate gradients (Hestenes, Stiefel: J. Res. Nat. Bur. Stand. 49, 1952), every image with steps of its own.
// b: N×…; start: of b's shape, or none for 0. An image whose curvature ⟨p, A p⟩ is not positive stands still, too: its
// residual tells. Errors: A gives another shape; settings out of range.
Solution conjugate_gradient(const LinearOperator& A, const Tensor& b, const Tensor& start = {},
                            const SolveSettings& settings = {});
Complex conjugate_gradient(const ComplexOperator& A, const Complex& b, const Complex& start = {},
                           const SolveSettings& settings = {});

// ‖r‖ / ‖b‖ of every image on the host; 0 for an image with b = 0.
std::vector<double> relative_residuals(const Solution&, const Tensor& b);

}  // namespace adjoint
