#include "models/forward/solve_normal.h"

#include <memory>

#include "engine/error.h"
#include "engine/operation.h"
#include "engine/tape.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

namespace adjoint {
namespace {

// Inputs of the node: maps, mask, λ, b; output: x.
std::vector<Tensor> gradient_of_solve_normal(const GradientCall& c) {
    const auto settings = std::static_pointer_cast<const SolveSettings>(c.attributes().held("settings"));
    const CartesianEncoding E(Complex{c.input(0)}, c.input(1));
    const Tensor& lambda = c.input(2);
    const Complex x{c.output()}, u = solve_normal(E, lambda, Complex{c.cotangent()}, {}, *settings);
    std::vector<Tensor> dL_d(4);
    if (c.needs(0)) dL_d[0] = (-E.normal_gradient(x, u)).data;
    if (c.needs(2)) dL_d[2] = reshape(-sum(inner(u, x)), lambda.shape());
    if (c.needs(3)) dL_d[3] = u.data;
    return dL_d;
}

const Operation& solve_normal_node() {
    static const Operation op = {
        .name = "solve_normal",
        .equation = "x = (Eᴴ E + λ)⁻¹ b",
        .kind = Kind::implicit,
        .optional_inputs = {0},
        .saved_inputs = {0, 1, 2},
        .saved_outputs = {0},
        .gradient = gradient_of_solve_normal,
    };
    return op;
}

}  // namespace

Complex solve_normal(const CartesianEncoding& E, const Tensor& lambda, const Complex& b, const Complex& start,
                     const SolveSettings& settings) {
    if (!lambda || lambda.size() != 1)
        fail(ExitCode::usage, "the normal equations of an encoding", "λ must be a single number");
    auto A = [=](const Complex& x) { return E.normal(x) + x * lambda; };
    const Tape* tape = Tape::recording();
    const bool general = !tape || settings.gradient == SolveGradient::unrolled ||
                         (E.mask.tape() == tape->id() && E.mask.slot() >= 0);
    if (general) return conjugate_gradient(A, b, start, settings);
    std::vector<Tensor> x(1);
    {
        PauseRecording pause;
        x[0] = conjugate_gradient(A, b, start, settings).data.constant();
    }
    Tape::recording()->record(solve_normal_node(), {{"settings", std::make_shared<const SolveSettings>(settings)}},
                              {E.maps.data, E.mask, lambda, b.data}, x, 0);
    return {x[0]};
}

}  // namespace adjoint
