// The normal equations solved: implicit gradients of every input, to second order, against those of the steps.
#include "models/forward/solve_normal.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "models/forward/masks.h"
#include "tests/models/forward/random_images.h"

using namespace adjoint;

namespace {

constexpr int64_t N = 2, C = 3, H = 5, W = 6;

// L of the solution, its gradient, and the gradient of that along fixed directions, for (maps, λ, b).
std::vector<Tensor> derivatives(SolveGradient mode, int64_t sets, bool points) {
    const Tensor mask =
        points ? poisson_disk({.height = H, .width = W, .acceleration = 2, .calibration = 2}).to(Type::float64)
               : equispaced_columns({W, 2, 0.2}, 0).to(Type::float64);
    Tape tape;
    std::vector<Tensor> v = {tape.variable(Tensor::full({1}, 0.3, Type::float64)),
                             tape.variable(random_complex({N, H, W}, 2).data)};
    if (sets) v.push_back(tape.variable(random_complex({sets, C, H, W}, 1).data));
    const CartesianEncoding E(sets ? Complex{v[2]} : Complex{}, mask);
    const Complex x =
        solve_normal(E, v[0], Complex{v[1]}, {}, {.iterations = 100, .tolerance = 1e-14, .gradient = mode});
    std::vector<Tensor> found = gradient(sum(square(squared_magnitude(x))), v, {.create_graph = true});
    Tensor along;
    for (size_t i = 0; i < v.size(); ++i) {
        const Tensor term = sum(found[i] * random_tensor(found[i].shape(), 80 + i));
        along = along ? along + term : term;
    }
    for (const Tensor& second : gradient(along, v)) found.push_back(second);
    return found;
}

}  // namespace

TEST_SUITE_BEGIN("models");

TEST_CASE("implicit derivatives of the normal equations are those of a full solve step by step, to second order") {
    for (int64_t sets : {0, 1, int(N)})
        for (bool points : {false, true}) {
            const auto implicit = derivatives(SolveGradient::implicit, sets, points),
                       unrolled = derivatives(SolveGradient::unrolled, sets, points);
            for (size_t i = 0; i < implicit.size(); ++i) {
                CAPTURE(sets);
                CAPTURE(points);
                CAPTURE(i);
                CHECK(norm(implicit[i] - unrolled[i]).item() < 1e-8 * norm(unrolled[i]).item());
            }
        }
}

TEST_CASE("λ must be a number") {
    const CartesianEncoding E(Complex{}, Tensor::full({1, 1, W}, 1, Type::float64));
    CHECK_THROWS_WITH_AS(solve_normal(E, Tensor::full({2}, 1, Type::float64), random_complex({N, H, W}, 1), {}, {}),
                         doctest::Contains("single number"), Error);
}

TEST_SUITE_END();
