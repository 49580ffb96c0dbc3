// The forward model of Cartesian MRI: adjointness, the shortcut for column masks, data consistency, gradients.
#include "models/forward/cartesian.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/error.h"
#include "engine/tape.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "models/forward/masks.h"
#include "tests/models/forward/random_images.h"

using namespace adjoint;

namespace {

constexpr int64_t N = 2, C = 3, H = 9, W = 12;

// Columns, columns by image, and points.
std::vector<Tensor> masks() {
    const Tensor columns = variable_density_columns({W, 2, 0.2}, 1, 3).to(Type::float64);
    const Tensor other = variable_density_columns({W, 3, 0.2}, 1, 4).to(Type::float64);
    const Tensor points =
        poisson_disk({.height = H, .width = W, .acceleration = 3, .calibration = 3}).to(Type::float64);
    return {columns, concatenate({columns, other}, 0), points};
}

}  // namespace

TEST_SUITE_BEGIN("models");

TEST_CASE("the encoding and its adjoint are adjoint, and normal is one after the other") {
    for (const Tensor& mask : masks())
        for (int64_t sets : {0, 1, int(N)}) {
            const CartesianEncoding E(sets ? random_complex({sets, C, H, W}, 1) : Complex{}, mask);
            const Complex x = random_complex({N, H, W}, 2), y = random_complex({N, E.coils(), H, W}, 3);
            CHECK(E.forward(x).shape() == y.shape());
            const double left = dot(E.forward(x), y), right = dot(x, E.adjoint(y));
            CHECK(std::fabs(left - right) < 1e-12 * std::sqrt(dot(y, y) * dot(x, x)));
            CHECK(distance(E.normal(x), E.adjoint(E.forward(x))) < 1e-13);
        }
}

TEST_CASE("without maps and with everything measured, the encoding is the Fourier transform") {
    const CartesianEncoding E(Complex{}, Tensor::full({1, 1, W}, 1, Type::float64));
    const Complex x = random_complex({N, H, W}, 5);
    CHECK(distance(reshape(E.forward(x), {N, H, W}), fft2(x)) < 1e-14);
    CHECK(distance(E.adjoint(E.forward(x)), x) < 1e-14);
}

TEST_CASE("noise has the deviation asked for, where something was measured, and comes from the seed") {
    const Tensor mask = equispaced_columns({64, 2, 0}, 0).to(Type::float64);
    const Complex zero{Tensor::zeros({1, 2, 64, 64, 2}, Type::float64)};
    const std::vector<double> n = add_noise(zero, mask, 0.5, 9).data.values<double>();
    double squares = 0;
    for (size_t i = 0; i < n.size(); ++i) {
        if (i / 2 % 64 % 2) CHECK(n[i] == 0);
        squares += n[i] * n[i];
    }
    CHECK(std::sqrt(squares / (double(n.size()) / 2)) == doctest::Approx(0.5).epsilon(0.02));
    CHECK(add_noise(zero, mask, 0.5, 9).data.values<double>() == n);
    CHECK(add_noise(zero, mask, 0.5, 10).data.values<double>() != n);
}

TEST_CASE("data consistency: measured samples are taken, the others kept; with weight v, a mean") {
    for (const Tensor& mask : masks()) {
        const Tensor M = mask.viewed_as({mask.size(0), 1, mask.size(1), mask.size(2)});
        const Complex x = random_complex({N, C, H, W}, 6), y = random_complex({N, C, H, W}, 7) * M;
        const Complex k = fft2(x), hard = fft2(DataConsistency(y, mask)(x));
        CHECK(distance(hard * M, y) < 1e-13);
        CHECK(distance(hard * (1 - M), k * (1 - M)) < 1e-13);
        const double v = 3;
        const Complex noisy = fft2(DataConsistency(y, mask, Tensor::full({1}, v, Type::float64))(x));
        CHECK(distance(noisy, k * (1 - M) + (k + v * y) * M * (1 / (1 + v))) < 1e-13);
    }
    const Complex x = random_complex({N, H, W}, 8), y = random_complex({N, 1, H, W}, 9);
    CHECK(DataConsistency(y, masks()[0])(x).shape() == x.shape());
    CHECK_THROWS_WITH_AS(DataConsistency(y, masks()[0])(random_complex({N, C, H, W}, 1)),
                         doctest::Contains("do not go together"), Error);
}

TEST_CASE("gradients of the encoding and of data consistency agree with differences") {
    for (const Tensor& mask : {masks()[0], masks()[2]}) {
        const std::vector<Tensor> at = {random_complex({1, C, H, W}, 1).data, random_complex({N, H, W}, 2).data,
                                        random_complex({N, 1, H, W}, 3).data, Tensor::full({1}, 0.7, Type::float64)};
        auto L = [&](const std::vector<Tensor>& v) {
            const CartesianEncoding E(Complex{v[0]}, mask);
            const Complex image = DataConsistency(Complex{v[2]}, mask, v[3])(E.normal(Complex{v[1]}));
            return sum(square(squared_magnitude(E.forward(image))));
        };
        check_gradient(L, at, 1e-7);
    }
}

// With the mask as a variable every step is recorded; without, the normal operator is one node. Both must agree, also
// in second derivatives, with own and shared maps and with one coil.
TEST_CASE("the normal operator as one node has the derivatives of its steps") {
    for (const Tensor& mask : {masks()[0], masks()[2]})
        for (int64_t sets : {0, 1, int(N)}) {
            std::vector<std::vector<Tensor>> found;
            std::vector<size_t> nodes;
            for (bool step_by_step : {true, false}) {
                Tape tape;
                const Complex x{tape.variable(random_complex({N, H, W}, 2).data)};
                const Complex S{sets ? tape.variable(random_complex({sets, C, H, W}, 1).data) : Tensor()};
                const CartesianEncoding E(S, step_by_step ? tape.variable(mask) : mask);
                std::vector<Tensor> v = {x.data};
                if (sets) v.push_back(S.data);
                const Tensor L = sum(square(squared_magnitude(E.normal(E.normal(x)))));
                nodes.push_back(tape.nodes().size());
                std::vector<Tensor> g = gradient(L, v, {.create_graph = true}), second;
                Tensor along;
                for (size_t i = 0; i < g.size(); ++i) {
                    const Tensor term = sum(g[i] * random_tensor(g[i].shape(), 70 + i));
                    along = along ? along + term : term;
                }
                for (const Tensor& t : gradient(along, v)) g.push_back(t);
                found.push_back(g);
            }
            CHECK(nodes[1] == 5);  // both normal operators, |·|², square, sum
            CHECK(nodes[0] > nodes[1]);
            for (size_t i = 0; i < found[0].size(); ++i)
                CHECK(norm(found[1][i] - found[0][i]).item() < 1e-12 * norm(found[0][i]).item());
        }
}

TEST_CASE("encodings of parts that do not go together are refused") {
    const Tensor mask = Tensor::full({1, 1, W}, 1, Type::float64);
    CHECK_THROWS_WITH_AS(CartesianEncoding(Complex{}, Tensor::zeros({W})), doctest::Contains("N×H×W"), Error);
    CHECK_THROWS_WITH_AS(CartesianEncoding(random_complex({1, C, H, W + 1}, 1), mask),
                         doctest::Contains("do not go together"), Error);
    CHECK_THROWS_WITH_AS(CartesianEncoding(random_complex({C, H, W}, 1), mask), doctest::Contains("N×coils×H×W"),
                         Error);
    CHECK_THROWS_WITH_AS(CartesianEncoding(Complex{}, mask).adjoint(random_complex({N, C, H, W}, 1)),
                         doctest::Contains("give coil maps"), Error);
}

TEST_SUITE_END();
