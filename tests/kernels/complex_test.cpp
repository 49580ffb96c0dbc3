// Complex arrays: conventions and compositions that the battery, which sees one operation at a time, cannot know.
#include "kernels/complex/complex.h"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>

#include "engine/error.h"
#include "engine/philox.h"
#include "engine/tape.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

using namespace adjoint;

namespace {

Complex random(const Shape& shape, uint64_t stream) {
    Philox numbers{17, stream};
    std::vector<double> v(size_t(2 * shape.count()));
    for (size_t i = 0; i < v.size(); ++i) v[i] = numbers.normal(i);
    std::vector<int64_t> sizes = shape.vector();
    sizes.push_back(2);
    return {Tensor::from(v, Shape(sizes))};
}
std::complex<double> number(const Complex& z, int64_t i) {
    const double* p = z.data.data<double>();
    return {p[2 * i], p[2 * i + 1]};
}
double dot(const Complex& a, const Complex& b) { return sum(inner(a, b)).item(); }

}  // namespace

TEST_SUITE_BEGIN("kernels");

TEST_CASE("complex arithmetic is that of std::complex") {
    const Complex a = random({3, 4}, 1), b = random({4}, 2);
    const Complex ab = a * b, cab = multiply(a, b, {.a = true}), acb = multiply(a, b, {.b = true});
    for (int64_t i = 0; i < 12; ++i) {
        const std::complex<double> x = number(a, i), y = number(b, i % 4);
        CHECK(std::abs(number(ab, i) - x * y) < 1e-15 * 10);
        CHECK(std::abs(number(cab, i) - std::conj(x) * y) < 1e-15 * 10);
        CHECK(std::abs(number(acb, i) - x * std::conj(y)) < 1e-15 * 10);
        CHECK(abs(a).data<double>()[i] == doctest::Approx(std::abs(x)).epsilon(1e-15));
        CHECK(real(a).data<double>()[i] == x.real());
        CHECK(imag(a).data<double>()[i] == x.imag());
    }
}

// f(z) = Re(w z²) has ∂f/∂re + i ∂f/∂im = conj(2 w z).
TEST_CASE("the gradient of a complex variable is dL/dre + i dL/dim") {
    const Complex w = random({5}, 3);
    Tape tape;
    const Complex z{tape.variable(random({5}, 4).data)};
    const Tensor L = sum(real(w * (z * z)));
    const Complex g{gradient(L, {z.data})[0]};
    for (int64_t i = 0; i < 5; ++i)
        CHECK(std::abs(number(g, i) - std::conj(2.0 * number(w, i) * number(z, i))) < 1e-14);
}

TEST_CASE("the magnitude's gradient is z over its magnitude, and 0 at 0 in both forms") {
    for (bool create_graph : {false, true}) {
        Tape tape;
        const Complex z{tape.variable(Tensor::from(std::vector<double>{3, -4, 0, 0}, {2, 2}))};
        const Complex g{gradient(sum(abs(z)), {z.data}, {.create_graph = create_graph})[0]};
        CHECK(std::abs(number(g, 0) - std::complex<double>(0.6, -0.8)) < 1e-15);
        CHECK(number(g, 1) == std::complex<double>(0, 0));
        if (!create_graph) continue;
        for (double second : gradient(sum(square(g.data)), {z.data})[0].values<double>()) CHECK(std::isfinite(second));
    }
}

TEST_CASE("expanding and combining by coils are adjoint, and one when the maps are normalised") {
    const Complex S = random({2, 4, 6, 5}, 5);
    const Complex x = random({2, 6, 5}, 6), y = random({2, 4, 6, 5}, 7);
    CHECK(dot(expand_coils(S, x), y) == doctest::Approx(dot(x, combine_coils(S, y))).epsilon(1e-13));
    const Tensor rss = root_sum_of_squares(S);
    const Complex unit = scale(S, 1 / rss.viewed_as({2, 1, 6, 5}));
    const Complex back = combine_coils(unit, expand_coils(unit, x));
    CHECK(norm(back.data - x.data).item() < 1e-14 * norm(x.data).item());
}

TEST_CASE("blending with a mask of ones and zeros keeps every bit of what it takes") {
    const Complex k{random({2, 3, 8}, 8).data.to(Type::float32)}, y{random({2, 3, 8}, 9).data.to(Type::float32)};
    const Tensor mask = Tensor::from(std::vector<float>{1, 0, 0, 1, 1, 0, 1, 0}, {8});
    const std::vector<float> x = blend(k, y, mask).data.values<float>(), from_k = k.data.values<float>(),
                             from_y = y.data.values<float>();
    for (size_t i = 0; i < x.size(); ++i) CHECK(x[i] == (mask.data<float>()[i / 2 % 8] != 0 ? from_y[i] : from_k[i]));
}

TEST_CASE("channels and complex numbers are turned into each other") {
    const Complex z = random({2, 3, 4}, 10);
    const Tensor x = to_channels(z);
    CHECK(x.shape() == Shape{2, 2, 3, 4});
    CHECK(x.data<double>()[12] == number(z, 0).imag());
    CHECK(from_channels(x).data.values<double>() == z.data.values<double>());
    CHECK_THROWS_WITH_AS(from_channels(z.data), doctest::Contains("N×2×H×W"), Error);
    CHECK_THROWS_WITH_AS(multiply(Complex{Tensor::zeros({4, 3}, Type::float64)}, z),
                         doctest::Contains("last axis of 2"), Error);
}

TEST_CASE("fft2 of a Complex keeps energy, and ifft2 undoes it") {
    const Complex x = random({3, 7, 10}, 11), k = fft2(x);
    CHECK(dot(k, k) == doctest::Approx(dot(x, x)).epsilon(1e-13));
    CHECK(norm(ifft2(k).data - x.data).item() < 1e-13 * norm(x.data).item());
}

TEST_SUITE_END();
