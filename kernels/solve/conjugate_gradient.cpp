// Conjugate gradients and their two gradients. Made of operations: what they record can be differentiated again.
#include <algorithm>
#include <cmath>
#include <memory>

#include "engine/error.h"
#include "engine/operation.h"
#include "engine/tape.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/solve/solve.h"

namespace adjoint {
namespace {

// One number per image against images N×…: N×1×…
Tensor per_image(const Tensor& s, const Tensor& like) {
    std::vector<int64_t> sizes(size_t(like.rank()), 1);
    sizes[0] = like.size(0);
    return reshape(s, Shape(sizes));
}

bool none_left(const Tensor& active) {
    const Tensor host = active.to(Device::cpu).to(Type::float64);
    const std::vector<double> v = host.values<double>();
    return std::none_of(v.begin(), v.end(), [](double x) { return x != 0; });
}

void check(const Tensor& b, const Tensor& start, const SolveSettings& s) {
    const char* who = "conjugate gradients";
    if (!b || b.rank() < 1) fail(ExitCode::usage, who, "b has no axis of images", "the first axis counts the images");
    if (start && !(start.shape() == b.shape()))
        fail(ExitCode::usage, who, "b is " + b.shape().text() + ", the start " + start.shape().text());
    if (s.iterations < 0 || !(s.tolerance >= 0) || !(s.absolute >= 0) || s.check_every < -1)
        fail(ExitCode::usage, who, "iterations and tolerances must be at least 0");
}

Tensor applied(const LinearOperator& A, const Tensor& x) {
    Tensor y = A(x);
    if (!y || !(y.shape() == x.shape()))
        fail(ExitCode::usage, "conjugate gradients",
             "the operator makes " + (y ? y.shape().text() : "nothing") + " of " + x.shape().text(),
             "it must keep the shape");
    return y;
}

// The plain iteration, recorded step by step where a tape records.
Solution iterate(const LinearOperator& A, const Tensor& b, const Tensor& start, const SolveSettings& s) {
    const int every = s.check_every >= 0 ? s.check_every : on_host(b.device()) ? 1 : 0;
    Tensor x = start ? start : Tensor::zeros(b.shape(), b.type(), b.device());
    Tensor r = start ? b - applied(A, start) : b;
    Tensor p = r, rr = row_dot(r, r);
    // What counts as solved is a decision, not a quantity to differentiate.
    const Tensor bb = stop_gradient(start ? row_dot(b, b) : rr);
    const Tensor limit = maximum(bb * (s.tolerance * s.tolerance), scalar_like(bb, s.absolute * s.absolute));

    Solution solution{x, {stop_gradient(rr)}};
    for (int k = 0; k < s.iterations; ++k) {
        Tensor active = greater(stop_gradient(rr), limit);
        if (every && k % every == 0 && none_left(active)) break;
        const Tensor Ap = applied(A, p), pAp = row_dot(p, Ap);
        active = active * greater(stop_gradient(pAp), 0);
        const Tensor resting = 1 - active;
        const Tensor alpha = active * rr / (pAp * active + resting);
        x = add_scaled(x, per_image(alpha, x), p);
        r = add_scaled(r, per_image(-alpha, r), Ap);
        const Tensor next = row_dot(r, r), beta = active * next / (rr * active + resting);
        p = add_scaled(r, per_image(beta, r), p);
        rr = next;
        solution.squared_residuals.push_back(stop_gradient(rr));
    }
    solution.x = x;
    return solution;
}

// What the tape keeps of an implicit solve.
struct ImplicitSolve {
    LinearOperator A;
    SolveSettings settings;
};

// x = x* + A⁻¹ r for the recorded residual r = b − A x*, x* held fixed: its value is known, x* itself, and its first
// derivatives are those of the solution. Its second ones are not, because x* does not move: they are refused.
std::vector<Tensor> gradient_of_implicit_solve(const GradientCall& c) {
    if (Tape::recording())
        fail(ExitCode::usage, "a second derivative through an implicit solve", "it has first derivatives only",
             "solve with SolveGradient::unrolled");
    const auto held = std::static_pointer_cast<const ImplicitSolve>(c.attributes().held("solve"));
    return {conjugate_gradient(held->A, c.cotangent(), {}, held->settings).x};
}

const Operation& implicit_solve_operation() {
    static const Operation op = {
        .name = "implicit_solve",
        .equation = "x = x* + A⁻¹ (b − A x*)",
        .kind = Kind::implicit,
        .gradient = gradient_of_implicit_solve,
    };
    return op;
}

}  // namespace

Solution conjugate_gradient(const LinearOperator& A, const Tensor& b, const Tensor& start, const SolveSettings& s) {
    check(b, start, s);
    if (s.gradient == SolveGradient::unrolled || !Tape::recording()) return iterate(A, b, start, s);
    Solution solution;
    {
        PauseRecording pause;
        solution = iterate(A, b, start, s);
    }
    // Everything that A and b are made of enters here, at the solution held fixed; nothing else was recorded.
    const Tensor residual = b - applied(A, solution.x.constant());
    std::vector<Tensor> outputs = {solution.x.constant()};
    Tape::recording()->record(implicit_solve_operation(),
                              {{"solve", std::make_shared<const ImplicitSolve>(ImplicitSolve{A, s})}}, {residual},
                              outputs, 0);
    solution.x = outputs[0];
    return solution;
}

Complex conjugate_gradient(const ComplexOperator& A, const Complex& b, const Complex& start, const SolveSettings& s) {
    return {conjugate_gradient([A](const Tensor& x) { return A(Complex{x}).data; }, b.data, start.data, s).x};
}

std::vector<double> relative_residuals(const Solution& s, const Tensor& b) {
    const std::vector<double> rr = s.squared_residuals.back().to(Device::cpu).to(Type::float64).values<double>(),
                              bb = row_dot(b, b).to(Device::cpu).to(Type::float64).values<double>();
    std::vector<double> relative;
    for (size_t n = 0; n < rr.size(); ++n) relative.push_back(bb[n] == 0 ? 0 : std::sqrt(rr[n] / bb[n]));
    return relative;
}

}  // namespace adjoint
