// Reductions where the battery does not look: ties, kinks, NaN, accuracy of long sums, axes that are not neighbours.
#include "kernels/reduction/reduction.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "engine/parallel.h"
#include "engine/philox.h"
#include "engine/tape.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"

using namespace adjoint;

TEST_SUITE_BEGIN("kernels");

namespace {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

Tensor random(const Shape& shape, double low, double high, uint64_t seed) {
    Philox generator{seed, 1};
    Doubles v(size_t(shape.count()));
    for (size_t i = 0; i < v.size(); ++i) v[i] = generator.uniform(i, low, high);
    return Tensor::from(v, shape);
}

std::string refusal(void (*call)()) {
    try {
        call();
    } catch (const Error& e) {
        CHECK(e.code == ExitCode::usage);
        return e.what();
    }
    return "not refused";
}

}  // namespace

TEST_CASE("equal numbers share the gradient of max and min equally") {
    for (bool largest : {true, false}) {
        Tape tape;
        const double s = largest ? 1 : -1;
        Tensor x = tape.variable(Tensor::from(Doubles{s * 2, s * 5, s * 5, s * 1, s * 5, 0, 0, 0, 0, 0}, {2, 5}));
        Tensor y = largest ? max(x, {1}) : min(x, {1});
        CHECK(y.values<double>() == Doubles{s * 5, 0});
        Tensor g = gradient(y, {x}, {.cotangent = Tensor::from(Doubles{6, 5}, {2})})[0];
        CHECK(g.values<double>() == Doubles{0, 2, 2, 0, 2, 1, 1, 1, 1, 1});
    }
    // Over axes that are not neighbours as well: not a share of a share.
    Tape tape;
    Tensor x = tape.variable(Tensor::from(Doubles{3, 3, 1, 0, 3, 2, 0, 1}, {2, 2, 2}));
    Tensor y = max(x, {0, 2});
    CHECK(y.values<double>() == Doubles{3, 1});
    const double third = 1.0 / 3;
    CHECK(gradient(sum(y), {x})[0].values<double>() == Doubles{third, third, 0.5, 0, third, 0, 0, 0.5});
}

TEST_CASE("a NaN is the largest, the smallest, and the first of them is argmax") {
    Tensor x = Tensor::from(Doubles{1, not_a_number, 7, not_a_number, -2, 9, 3, 9}, {2, 4});
    CHECK(std::isnan(max(x, {1}).values<double>()[0]));
    CHECK(std::isnan(min(x, {1}).values<double>()[0]));
    CHECK(max(x, {1}).values<double>()[1] == 9);
    CHECK(argmax(x, 1).values<int64_t>() == std::vector<int64_t>{1, 1});
    CHECK(argmax(x).values<int64_t>() == std::vector<int64_t>{1});
    CHECK(argmax(Tensor::from(Floats{-1, -1, -3}, {3}), 0).values<int64_t>() == std::vector<int64_t>{0});
    // Far behind, beyond the first slab.
    Floats far(300000, 0.5f);
    far[270001] = 1;
    far[299999] = 1;
    CHECK(argmax(Tensor::from(far, {300000})).values<int64_t>()[0] == 270001);
    far[290000] = float(not_a_number);
    CHECK(argmax(Tensor::from(far, {300000})).values<int64_t>()[0] == 290000);
    CHECK(std::isnan(max(Tensor::from(far, {300000})).item()));
}

TEST_CASE("the norm's gradient at 0 is 0, and so is its second") {
    Tape tape;
    Tensor x = tape.variable(Tensor::from(Doubles{0, 0, 3, 4}, {2, 2}));
    Tensor y = norm(x, {1});
    CHECK(y.values<double>() == Doubles{0, 5});
    Tensor g = gradient(sum(y), {x}, {.create_graph = true})[0];
    CHECK(g.values<double>()[0] == 0);
    CHECK(g.values<double>()[1] == 0);
    CHECK(g.values<double>()[2] == doctest::Approx(0.6).epsilon(1e-15));
    CHECK(g.values<double>()[3] == doctest::Approx(0.8).epsilon(1e-15));
    Tensor h = gradient(sum(g), {x})[0];  // (1 − x (Σ x) / y²) / y for every x
    CHECK(h.values<double>()[0] == 0);
    CHECK(h.values<double>()[1] == 0);
    CHECK(h.values<double>()[2] == doctest::Approx((1 - 3 * 7 / 25.0) / 5));
    CHECK(h.values<double>()[3] == doctest::Approx((1 - 4 * 7 / 25.0) / 5));
}

TEST_CASE("squares of float32 neither overflow nor vanish") {
    CHECK(norm(Tensor::from(Floats{3e30f, 4e30f}, {2})).item() == doctest::Approx(5e30));
    CHECK(norm(Tensor::from(Floats{3e-30f, 4e-30f}, {2})).item() == doctest::Approx(5e-30));
}

TEST_CASE("a float32 sum is the exact sum, rounded once") {
    const int64_t n = 3000001;
    Tensor x = random({n}, 0, 1, 5).to(Type::float32);
    Tensor large = x + 1000.0;
    long double total = 0, squares = 0;
    for (float v : large.values<float>()) total += v;
    const long double mean_of_large = total / n;
    for (float v : large.values<float>()) squares += (v - mean_of_large) * (v - mean_of_large);
    CHECK(std::fabs(sum(large).item() - double(total)) <= 0.5000001 * std::ldexp(1.0, 31 - 23));
    // The variance of numbers far from 0, where E[x²] − μ² in float32 would have no digit left.
    CHECK(variance(large).item() == doctest::Approx(double(squares / n)).epsilon(1e-7));
    CHECK(variance(large, {}, 1).item() == doctest::Approx(double(squares / (n - 1))).epsilon(1e-7));
}

TEST_CASE("axes that are not neighbours, from the back, and of a scalar") {
    Tensor x = random({3, 4, 5, 6}, -1, 1, 7);
    const Doubles v = x.values<double>();
    auto at = [&](int a, int b, int c, int d) { return v[size_t(((a * 4 + b) * 5 + c) * 6 + d)]; };
    for (int b = 0; b < 4; ++b)
        for (int d = 0; d < 6; ++d) {
            double total = 0, squares = 0, largest = -2, about = 0;
            for (int a = 0; a < 3; ++a)
                for (int c = 0; c < 5; ++c) {
                    total += at(a, b, c, d);
                    squares += at(a, b, c, d) * at(a, b, c, d);
                    largest = std::max(largest, at(a, b, c, d));
                }
            for (int a = 0; a < 3; ++a)
                for (int c = 0; c < 5; ++c) about += std::pow(at(a, b, c, d) - total / 15, 2);
            const size_t k = size_t(b * 6 + d);
            CHECK(sum(x, {0, -2}).values<double>()[k] == doctest::Approx(total).epsilon(1e-13));
            CHECK(mean(x, {2, 0}).values<double>()[k] == doctest::Approx(total / 15).epsilon(1e-13));
            CHECK(norm(x, {0, 2}).values<double>()[k] == doctest::Approx(std::sqrt(squares)).epsilon(1e-13));
            CHECK(sum_of_squares(x, {0, 2}).values<double>()[k] == doctest::Approx(squares).epsilon(1e-13));
            CHECK(max(x, {0, 2}).values<double>()[k] == largest);
            CHECK(variance(x, {0, 2}, 1).values<double>()[k] == doctest::Approx(about / 14).epsilon(1e-13));
            CHECK(centre(x, {0, 2}).values<double>()[size_t(((1 * 4 + b) * 5 + 3) * 6 + d)] ==
                  doctest::Approx(at(1, b, 3, d) - total / 15).epsilon(1e-13));
        }
    Tensor scalar = Tensor::scalar(-3, Type::float64);
    CHECK(sum(scalar).item() == -3);
    CHECK(max(scalar).item() == -3);
    CHECK(norm(scalar).item() == 3);
    CHECK(variance(scalar).item() == 0);
    CHECK(centre(scalar).item() == 0);
    CHECK(centre(scalar).rank() == 0);
}

TEST_CASE("large reductions have the same bits on any number of threads") {
    const int before = threads();
    for (const Shape& shape : {Shape{1, 1500000, 1}, Shape{2, 3001, 257}, Shape{1, 70000, 3}, Shape{1, 9, 200001}}) {
        Tensor x = random(shape, -1, 1, 11).to(Type::float32);
        set_threads(1);
        const auto one = sum(x, {1}).values<float>(), spread_one = variance(x, {1}).values<float>();
        const auto place_one = argmax(x, 1).values<int64_t>();
        for (int n : {2, 3, 8}) {
            set_threads(n);
            CHECK(sum(x, {1}).values<float>() == one);
            CHECK(variance(x, {1}).values<float>() == spread_one);
            CHECK(argmax(x, 1).values<int64_t>() == place_one);
        }
    }
    set_threads(before);
}

TEST_CASE("refused reductions say why") {
    CHECK(refusal([] { sum(Tensor::zeros({2, 3}), {1, -1}); }).find("given twice") != std::string::npos);
    CHECK(refusal([] { sum(Tensor::zeros({2, 3}), {2}); }).find("axis") != std::string::npos);
    CHECK(refusal([] { max(Tensor::zeros({2, 0}), {1}); }).find("nothing to choose from") != std::string::npos);
    CHECK(refusal([] { variance(Tensor::zeros({2, 1}), {1}, 1); }).find("too few") != std::string::npos);
    CHECK(max(Tensor::zeros({0, 3}), {1}).size() == 0);
    CHECK(sum(Tensor::zeros({2, 0}), {1}).values<float>() == Floats{0, 0});
}

TEST_SUITE_END();
