// MoDL's images, loss and all gradients as PyTorch has them: tests/reference/modl.safetensors, written by
// tools/compare/modl_reference.py, which shares no code with the program.
#include <doctest/doctest.h>

#include <cmath>

#include "engine/tape.h"
#include "io/safetensors.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "models/residual_denoiser.h"

using namespace adjoint;

TEST_SUITE_BEGIN("models");

namespace {

const TensorFile& reference() {
    static const TensorFile file = read_safetensors(std::string(ADJOINT_TEST_DATA) + "/modl.safetensors");
    return file;
}
Tensor get(const std::string& name) {
    const Tensor* t = reference().find(name);
    REQUIRE_MESSAGE(t, name);
    return *t;
}

// ‖got − want‖ / ‖want‖
double difference(const Tensor& got, const Tensor& want) {
    REQUIRE(got.shape() == want.shape());
    return norm(got.constant().to(Device::cpu).to(Type::float64) - want).item() / norm(want).item();
}

void compare(const std::string& mode, Type type, Device device, double tolerance) {
    const bool implicit = mode == "implicit";
    ModlSettings s;
    s.unrolls = 2;
    s.learn_lambda = true;
    s.solve = {.iterations = implicit ? 200 : 6, .tolerance = implicit ? tolerance / 100 : 0,
               .gradient = implicit ? SolveGradient::implicit : SolveGradient::unrolled};
    const Modl model(s, [](uint64_t seed) {
        return residual_denoiser({.width = 4, .layers = 3}, seed, Type::float64);
    });
    auto move = [&](const std::string& name) { return get(name).to(type).to(device); };
    Tape tape;
    std::vector<Tensor> weights = {tape.variable(move("lam1"))};
    std::vector<std::string> names = {"lam1"};
    for (int k = 0; k < 9; ++k) {
        names.push_back("weight " + std::to_string(k));
        weights.push_back(tape.variable(move(names.back())));
        CHECK(weights.back().shape() == model.parameters.tensor(k + 1).shape());
    }
    const Complex maps{tape.variable(move("maps"))}, y{tape.variable(move("y"))};
    const Complex x = model(weights, y, CartesianEncoding(maps, move("mask")));
    const Tensor loss = mean(squared_magnitude(x - Complex{move("target")}));
    CHECK(difference(x.data, get(mode + ": image")) < tolerance);
    CHECK(loss.item() == doctest::Approx(get(mode + ": loss").item()).epsilon(tolerance));
    weights.push_back(maps.data);
    names.push_back("maps");
    weights.push_back(y.data);
    names.push_back("y");
    const std::vector<Tensor> g = gradient(loss, weights);
    for (size_t i = 0; i < g.size(); ++i) {
        CAPTURE(names[i]);
        CHECK(difference(g[i], get(mode + ": gradient " + names[i])) < tolerance);
    }
}

}  // namespace

TEST_CASE("MoDL as PyTorch has it, unrolled, in float64 and float32") {
    compare("unrolled", Type::float64, Device::cpu, 1e-10);
    compare("unrolled", Type::float32, Device::cpu, 1e-4);
}

TEST_CASE("MoDL as PyTorch has it with an exact solve, implicit, in float64 and float32") {
    compare("implicit", Type::float64, Device::cpu, 1e-10);
    compare("implicit", Type::float32, Device::cpu, 1e-4);
}

TEST_CASE("MoDL as PyTorch has it, on the GPU") {
    for (Device device : {Device::emulated, Device::cuda})
        if (device_present(device)) compare("unrolled", Type::float64, device, 1e-10);
}

TEST_CASE("the original denoiser has the published size") {
    CHECK(residual_denoiser().parameters.size() == 9 * (2 * 64 + 3 * 64 * 64 + 64 * 2) + 2 * (4 * 64 + 2));
    const Denoiser plain = residual_denoiser({.width = 32, .batch_norm = false});
    CHECK(plain.parameters.size() == 9 * (4 * 32 + 3 * 32 * 32) + 4 * 32 + 2);
}

TEST_CASE("the original denoiser's first weights fill the range that was asked for") {
    using Initialisation = ResidualDenoiserSettings::Initialisation;
    for (Initialisation kind : {Initialisation::glorot, Initialisation::fan_in}) {
        const Denoiser d = residual_denoiser({.width = 32, .last_gamma = 0, .initialisation = kind}, 3, Type::float64);
        for (int i = 0; i < d.parameters.count(); ++i) {
            const Tensor t = d.parameters.tensor(i);
            if (t.rank() != 4) continue;
            const double in = 9.0 * double(t.size(1)), out = 9.0 * double(t.size(0));
            const double bound = kind == Initialisation::fan_in ? 1 / std::sqrt(in) : std::sqrt(6 / (in + out));
            const double largest = max(abs(t)).item();
            CAPTURE(d.parameters.name(i));
            CHECK(largest <= bound);
            CHECK(largest > 0.98 * bound);
            CHECK(sum(t * t).item() / double(t.size()) == doctest::Approx(bound * bound / 3).epsilon(0.1));
        }
    }
}

TEST_SUITE_END();
