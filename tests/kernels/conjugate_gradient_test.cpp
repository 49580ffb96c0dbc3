// Conjugate gradients over a batch of small dense systems, A_n = B_nᵀ B_n + λ, whose solutions are known.
#include "kernels/solve/solve.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/error.h"
#include "engine/tape.h"
#include "kernels/layout/layout.h"
#include "kernels/linear/linear.h"
#include "tests/models/forward/random_images.h"

using namespace adjoint;

namespace {

constexpr int64_t N = 3, M = 12;

// A x = Bᵀ B x + λ x for x N×M.
LinearOperator dense(const Tensor& B, const Tensor& lambda) {
    return [=](const Tensor& x) {
        const Tensor column = reshape(x, Shape{x.size(0), M, 1});
        return reshape(matmul(B, matmul(B, column), {.a = true}), x.shape()) + lambda * x;
    };
}
Tensor matrices() { return random_tensor({N, M, M}, 1); }
Tensor lambda(double value) { return Tensor::full({1}, value, Type::float64); }
double relative(const Tensor& a, const Tensor& b) { return norm(a - b).item() / norm(b).item(); }

// dL/d(B, λ, b) of L = ⟨w, x⟩ through the solution.
std::vector<Tensor> gradients(const SolveSettings& settings) {
    Tape tape;
    const std::vector<Tensor> v = tape.variables({matrices(), lambda(2), random_tensor({N, M}, 2)});
    const Tensor x = conjugate_gradient(dense(v[0], v[1]), v[2], {}, settings).x;
    return gradient(sum(x * random_tensor({N, M}, 3)), v);
}

}  // namespace

TEST_SUITE_BEGIN("kernels");

TEST_CASE("conjugate gradients solve in at most as many steps as there are unknowns") {
    const LinearOperator A = dense(matrices(), lambda(2));
    const Tensor want = random_tensor({N, M}, 4), b = A(want);
    for (const Tensor& start : {Tensor(), b, random_tensor({N, M}, 5)}) {
        const Solution s = conjugate_gradient(A, b, start, {.iterations = 60, .tolerance = 1e-12});
        CHECK(relative(s.x, want) < 1e-11);
        CHECK(s.iterations() <= M + 3);  // rounding costs a few
        for (double r : relative_residuals(s, b)) CHECK(r <= 1e-12);
        CHECK(norm(b - A(s.x)).item() <= 1e-11 * norm(b).item());  // the recurrence's residual is the true one
    }
}

TEST_CASE("every image converges by itself: its bits do not depend on the others or on when the host looks") {
    // The first image is solved by one step (A = λ), the last is 0.
    std::vector<double> values = matrices().values<double>(), right = random_tensor({N, M}, 6).values<double>();
    std::fill_n(values.begin(), M * M, 0.0);
    std::fill_n(right.end() - M, M, 0.0);
    const Tensor B = Tensor::from(values, {N, M, M}), b = Tensor::from(right, {N, M});
    const Solution s = conjugate_gradient(dense(B, lambda(2)), b, {}, {.iterations = 40, .tolerance = 1e-10});
    CHECK(s.squared_residuals[1].values<double>()[0] < 1e-25);
    CHECK(s.squared_residuals[1].values<double>()[1] > 1e-3);
    for (int64_t n = 0; n < N; ++n) {
        const Tensor Bn = B.slice_of_memory(n * M * M, {1, M, M}), bn = b.slice_of_memory(n * M, {1, M});
        const Solution one = conjugate_gradient(dense(Bn, lambda(2)), bn, {}, {.iterations = 40, .tolerance = 1e-10});
        CHECK(one.x.values<double>() == s.x.slice_of_memory(n * M, {1, M}).values<double>());
        CHECK(one.iterations() <= s.iterations());
    }
    const Solution blind = conjugate_gradient(dense(B, lambda(2)), b, {},
                                              {.iterations = 40, .tolerance = 1e-10, .check_every = 0});
    CHECK(blind.iterations() == 40);
    CHECK(blind.x.values<double>() == s.x.values<double>());
    CHECK(s.x.values<double>().back() == 0);
}

TEST_CASE("implicit gradients are those of the exact solution") {
    auto L = [](const std::vector<Tensor>& v) {
        const Solution s = conjugate_gradient(dense(v[0], v[1]), v[2], {}, {.iterations = 60, .tolerance = 1e-14});
        return sum(square(s.x) * random_tensor({N, M}, 3));
    };
    check_gradient(L, {matrices(), lambda(2), random_tensor({N, M}, 2)}, 1e-7);

    // For A = H + λ and b = c + λ z: dL/dλ = Re⟨A⁻¹ g, z − x⟩, not ⟨A⁻¹ g, z⟩ alone.
    const Tensor z = random_tensor({N, M}, 7), c = random_tensor({N, M}, 8), g = random_tensor({N, M}, 9);
    Tape tape;
    const Tensor l = tape.variable(lambda(2));
    const SolveSettings exact{.iterations = 60, .tolerance = 1e-14};
    const Tensor x = conjugate_gradient(dense(matrices(), l), c + l * z, {}, exact).x;
    const double got = gradient(sum(x * g), {l})[0].item();
    const Tensor s = conjugate_gradient(dense(matrices(), lambda(2)), g, {}, exact).x;
    CHECK(got == doctest::Approx(sum(s * (z - x)).item()).epsilon(1e-10));
}

TEST_CASE(
    "implicit and unrolled gradients differ by what is left unsolved, and the difference falls with the tolerance") {
    std::vector<double> difference;
    for (double tolerance : {1e-1, 1e-3, 1e-6, 1e-11}) {
        const auto implicit = gradients({.iterations = 40, .tolerance = tolerance});
        const auto unrolled =
            gradients({.iterations = 40, .tolerance = tolerance, .gradient = SolveGradient::unrolled});
        double d = 0;
        for (size_t i = 0; i < implicit.size(); ++i) d = std::max(d, relative(implicit[i], unrolled[i]));
        difference.push_back(d);
    }
    MESSAGE("differences at tolerances 1e-1, 1e-3, 1e-6, 1e-11: " << difference[0] << " " << difference[1] << " "
                                                                  << difference[2] << " " << difference[3]);
    CHECK(difference[0] > 1e-3);  // they are two different things
    CHECK(difference[1] < difference[0] / 3);
    CHECK(difference[2] < difference[1] / 10);
    CHECK(difference[3] < 1e-8);
}

TEST_CASE("unrolled gradients are those of the steps as computed") {
    auto L = [](const std::vector<Tensor>& v) {
        const SolveSettings four{.iterations = 4, .gradient = SolveGradient::unrolled};
        return sum(square(conjugate_gradient(dense(v[0], v[1]), v[2], v[3], four).x));
    };
    check_gradient(L, {matrices(), lambda(2), random_tensor({N, M}, 2), random_tensor({N, M}, 5)}, 1e-6);
}

TEST_CASE("unrolled gradients can be differentiated again; implicit ones say that they cannot") {
    const Tensor b = random_tensor({N, M}, 2);
    for (SolveGradient mode : {SolveGradient::unrolled, SolveGradient::implicit}) {
        auto squared_gradient = [&](double value, double* derivative) {  // (dL/dλ)² and its derivative
            Tape tape;
            const Tensor l = tape.variable(lambda(value));
            const Tensor x = conjugate_gradient(dense(matrices(), l), b, {}, {.iterations = 5, .gradient = mode}).x;
            const Tensor g = square(gradient(sum(square(x)), {l}, {.create_graph = true})[0]);
            *derivative = gradient(g, {l})[0].item();
            return g.item();
        };
        const double h = 1e-4;
        double derivative, other;
        if (mode == SolveGradient::implicit) {
            CHECK_THROWS_WITH_AS(squared_gradient(2, &other), doctest::Contains("SolveGradient::unrolled"), Error);
            continue;
        }
        const double up = squared_gradient(2 + h, &other), down = squared_gradient(2 - h, &other);
        squared_gradient(2, &derivative);
        CHECK(derivative == doctest::Approx((up - down) / (2 * h)).epsilon(1e-6));
    }
}

TEST_CASE("every device solves alike") {
    const Tensor B = matrices(), b = random_tensor({N, M}, 2);
    const SolveSettings settings{.iterations = 24, .tolerance = 1e-13};
    const Solution want = conjugate_gradient(dense(B, lambda(2)), b, {}, settings);
    for (Device device : {Device::reference, Device::emulated, Device::cuda}) {
        if (!device_present(device)) continue;
        const Solution s = conjugate_gradient(dense(B.to(device), lambda(2).to(device)), b.to(device), {}, settings);
        CHECK(s.x.device() == device);
        CHECK(relative(s.x.to(Device::cpu), want.x) < 1e-11);  // the residual times the condition number, below 100
        if (!on_host(device)) CHECK(s.iterations() == 24);  // nobody looked
    }
}

TEST_CASE("a system that is not positive definite stands still and says so by its residual") {
    const Tensor b = random_tensor({N, M}, 2);
    const Solution s = conjugate_gradient([](const Tensor& x) { return -x; }, b, {}, {.iterations = 5});
    CHECK(s.x.values<double>() == b.like(0).values<double>());
    for (double r : relative_residuals(s, b)) CHECK(r == doctest::Approx(1));
}

TEST_CASE("wrong calls of conjugate gradients are refused") {
    const Tensor b = random_tensor({N, M}, 2);
    auto A = [](const Tensor& x) { return x; };
    CHECK_THROWS_WITH_AS(conjugate_gradient(A, b, random_tensor({N, M + 1}, 1)), doctest::Contains("the start 3×13"),
                         Error);
    CHECK_THROWS_WITH_AS(conjugate_gradient(A, b, {}, {.tolerance = -1}), doctest::Contains("at least 0"), Error);
    CHECK_THROWS_WITH_AS(conjugate_gradient([](const Tensor& x) { return sum(x); }, b),
                         doctest::Contains("keep the shape"), Error);
}

TEST_SUITE_END();
