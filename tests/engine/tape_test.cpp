// The tape: first, second and mixed derivatives of small functions with known answers, and its refusals.
#include <doctest/doctest.h>

#include "engine/tape.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

using namespace adjoint;

TEST_SUITE_BEGIN("engine");

TEST_CASE("derivatives of x² e^x up to the third order") {
    double v = 0.7;
    for (Device device : {Device::reference, Device::cpu}) {
        Tape tape;
        Tensor x = tape.variable(Tensor::from(std::vector<double>{v}, {1}, device));
        Tensor y = x * x * exp(x);
        Tensor d1 = gradient(y, {x}, {.create_graph = true})[0];
        Tensor d2 = gradient(d1, {x}, {.create_graph = true})[0];
        Tensor d3 = gradient(d2, {x})[0];
        CHECK(d1.item() == doctest::Approx((v * v + 2 * v) * std::exp(v)).epsilon(1e-14));
        CHECK(d2.item() == doctest::Approx((v * v + 4 * v + 2) * std::exp(v)).epsilon(1e-14));
        CHECK(d3.item() == doctest::Approx((v * v + 6 * v + 6) * std::exp(v)).epsilon(1e-14));
    }
}

TEST_CASE("the same tensor twice, and broadcasting, accumulate") {
    Tape tape;
    Tensor x = tape.variable(Tensor::from(std::vector<double>{1, 2, 3}, {3, 1}));
    Tensor w = tape.variable(Tensor::from(std::vector<double>{1, 10}, {2}));
    Tensor y = sum((x + x) * w);  // 2 Σx Σw
    auto [dx, dw] = std::pair(gradient(y, {x, w})[0], Tensor());
    CHECK(dx.values<double>() == std::vector<double>{22, 22, 22});
}

TEST_CASE("a gradient needs a single number or a cotangent") {
    Tape tape;
    Tensor x = tape.variable(Tensor::from(std::vector<double>{1, 2}, {2}));
    Tensor y = x * x;
    CHECK_THROWS_WITH(gradient(y, {x}), doctest::Contains("it has 2 elements and no cotangent was given"));
    Tensor g = gradient(y, {x}, {.cotangent = Tensor::from(std::vector<double>{1, -1}, {2})})[0];
    CHECK(g.values<double>() == std::vector<double>{2, -4});
}

TEST_CASE("what a gradient used is freed, and asking again says so") {
    Tape tape;
    Tensor x = tape.variable(Tensor::scalar(3, Type::float64));
    Tensor y = x * x;
    gradient(y, {x}, {.keep = true});
    gradient(y, {x});
    CHECK_THROWS_WITH(gradient(y, {x}), doctest::Contains("freed by an earlier gradient"));
}

TEST_CASE("writing into a saved tensor names both operations") {
    Tape tape;
    Tensor value = Tensor::scalar(3, Type::float64);
    Tensor x = tape.variable(value);
    Tensor y = x * x;
    CHECK_THROWS_WITH(value.copy_from(Tensor::scalar(4, Type::float64)),
                      doctest::Contains("multiply saved its value"));
    gradient(y, {x});
    value.copy_from(Tensor::scalar(4, Type::float64));
    CHECK(value.item() == 4);
}

TEST_CASE("no path means zero; not on the tape is an error") {
    Tape tape;
    Tensor x = tape.variable(Tensor::scalar(3, Type::float64)), z = tape.variable(Tensor::scalar(1, Type::float64));
    Tensor y = x * x;
    CHECK(gradient(y, {z}, {.keep = true})[0].item() == 0);
    CHECK(gradient(stop_gradient(x) * x, {x})[0].item() == 3);
    CHECK_THROWS_WITH(gradient(y, {Tensor::scalar(1)}), doctest::Contains("not on the recording tape"));
    PauseRecording pause;
    CHECK_THROWS_WITH(gradient(y, {x}), doctest::Contains("no tape is recording"));
}

TEST_CASE("a conversion does not lose a gradient without a word") {
    Tape tape;
    Tensor x = tape.variable(Tensor::scalar(3));
    CHECK_THROWS_WITH((x * x).to(Type::float64), doctest::Contains("no gradient flows through the conversion"));
    CHECK_THROWS_WITH((x * x).to(Device::reference), doctest::Contains("constant()"));
    CHECK((x * x).constant().to(Type::float64).item() == 9);
    CHECK((x * x).item() == 9);
}

TEST_SUITE_END();
