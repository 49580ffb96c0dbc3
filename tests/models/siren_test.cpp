// SIREN: parameter counts, names, the published initialisation, gradients in blocks against the tape, and third
// derivatives: the parameter gradient of a Laplacian loss against dual numbers through the whole network.
#include <doctest/doctest.h>

#include <cmath>

#include "engine/philox.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "models/siren.h"

using namespace adjoint;

TEST_SUITE_BEGIN("models");

namespace {

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double s = 0;
    for (size_t i = 0; i < a.size(); ++i) s += a[i] * b[i];
    return s;
}

std::vector<double> noise(int64_t n, uint64_t stream) {
    std::vector<double> v(static_cast<size_t>(n));
    for (size_t i = 0; i < v.size(); ++i) v[i] = Philox{7, stream}.normal(i);
    return v;
}

}  // namespace

TEST_CASE("parameters: counts, names and ranges") {
    Siren rgb(SirenSettings{}, 1), grey(SirenSettings{.out = 1}, 1);
    CHECK(rgb.parameters.size() == 198915);
    CHECK(grey.parameters.size() == 198401);
    CHECK(rgb.parameters.name(0) == "net.0.linear.weight");
    CHECK(rgb.parameters.name(8) == "net.4.weight");
    CHECK(rgb.parameters.name(9) == "net.4.bias");
    auto largest = [&](const char* name) {
        double m = 0;
        for (float v : rgb.parameters.tensor(name).values<float>()) m = std::max(m, std::abs(double(v)));
        return m;
    };
    auto near_bound = [](double m, double bound) { return m <= bound && m > 0.97 * bound; };
    CHECK(near_bound(largest("net.0.linear.weight"), 0.5));
    CHECK(near_bound(largest("net.2.linear.weight"), std::sqrt(6.0 / 256) / 30));
    CHECK(near_bound(largest("net.4.weight"), std::sqrt(6.0 / 256) / 30));
    CHECK(near_bound(largest("net.1.linear.bias"), 1.0 / 16));
}

TEST_CASE("the network in blocks, and its step, equal the network layer by layer") {
    Siren siren(SirenSettings{.out = 3, .width = 48, .hidden_layers = 2}, 3, Type::float64);
    Tensor x = image_coordinates(13, 17, Type::float64);
    Tensor target = Tensor::from(noise(13 * 17 * 3, 1), {13 * 17, 3});
    for (std::string loss : {"l2", "l1"}) {
        Tape tape;
        auto weights = tape.variables(siren.parameters.tensors());
        Tensor d = siren(weights, x) - target;
        Tensor value = loss == "l2" ? mean(square(d)) : mean(abs(d));
        auto expected = gradient(value, weights);
        auto weights_in_blocks = tape.variables(siren.parameters.tensors());
        Tensor e = siren.in_blocks(weights_in_blocks, x) - target;
        auto in_blocks = gradient(loss == "l2" ? mean(square(e)) : mean(abs(e)), weights_in_blocks);
        auto step = siren.step(x, target, loss);
        CHECK(step[0].item() == doctest::Approx(value.item()).epsilon(1e-13));
        for (size_t k = 0; k < expected.size(); ++k) {
            auto a = expected[k].values<double>(), b = in_blocks[k].values<double>(), c = step[k + 1].values<double>();
            double scale = std::sqrt(dot(a, a));
            for (size_t i = 0; i < a.size(); ++i) {
                CHECK(std::abs(a[i] - b[i]) <= 1e-12 * scale);
                CHECK(std::abs(a[i] - c[i]) <= 1e-12 * scale);
            }
        }
    }
}

TEST_CASE("the gradient of a Laplacian loss: reverse mode three times against dual numbers") {
    Siren siren(SirenSettings{.out = 1, .width = 12, .hidden_layers = 1, .first_omega = 3, .hidden_omega = 2}, 5, Type::float64,
                Device::cpu);
    Tensor x = image_coordinates(3, 4, Type::float64);
    std::vector<double> direction = noise(siren.parameters.size(), 2);

    auto loss_of = [&](const std::vector<Tensor>& weights, const Tensor& coordinates) {
        Tensor laplacian = coordinate_laplacian(siren(weights, coordinates), coordinates);
        return mean(square(laplacian - 1.0));
    };
    double reverse;
    {
        Tape tape;
        auto weights = tape.variables(siren.parameters.tensors());
        auto g = gradient(loss_of(weights, tape.variable(x)), weights);
        Parameters gradients = siren.parameters.like();
        gradients.gather(g);
        reverse = dot(gradients.block().values<double>(), direction);
    }
    // The same directional derivative by dual numbers through the definitions.
    std::vector<double> values = siren.parameters.block().values<double>();
    std::vector<Dual1> duals;
    for (size_t i = 0; i < values.size(); ++i) duals.push_back({values[i], direction[i]});
    Parameters on_reference = siren.parameters.to(Device::reference).to(Type::dual1);
    on_reference.block().copy_from(Tensor::from(duals, {siren.parameters.size()}, Device::reference));
    Tape tape;
    Tensor value = loss_of(on_reference.tensors(), tape.variable(x.to(Device::reference).to(Type::dual1)));
    double forward = value.values<Dual1>()[0].tangent;
    CHECK(reverse == doctest::Approx(forward).epsilon(1e-11));
}

TEST_SUITE_END();
