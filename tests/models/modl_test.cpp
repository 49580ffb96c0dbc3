// MoDL with small denoisers whose results are known: the unrolled loop, its parameters and its gradients.
#include "models/modl.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "kernels/convolution/convolution.h"
#include "models/forward/masks.h"
#include "tests/models/forward/random_images.h"

using namespace adjoint;

namespace {

constexpr int64_t N = 2, C = 3, H = 6, W = 8;

CartesianEncoding encoding(const Complex& maps = random_complex({1, C, H, W}, 1)) {
    return CartesianEncoding(maps, variable_density_columns({W, 2, 0.25}, 1, 3).to(Type::float64));
}
// One 3×3 convolution, which is no denoiser but mixes pixels and channels; w drawn from the seed.
Denoiser convolution(uint64_t seed) {
    Denoiser d;
    d.parameters.declare("conv.weight", {2, 2, 3, 3});
    d.parameters.allocate(Type::float64);
    d.parameters.gather({random_tensor({2, 2, 3, 3}, seed) * 0.2});
    d.function = [](const std::vector<Tensor>& w, const Tensor& x) { return conv2d(x, w[0], {.padding = 1}); };
    return d;
}
SolveSettings exact(SolveGradient gradient) { return {.iterations = 80, .tolerance = 1e-13, .gradient = gradient}; }

}  // namespace

TEST_SUITE_BEGIN("models");

TEST_CASE("MoDL's images solve its equations, one after the other") {
    ModlSettings s;
    s.unrolls = 3;
    s.shared_weights = false;
    s.solve = exact(SolveGradient::unrolled);
    const Modl model(s, convolution, 40);
    const CartesianEncoding E = encoding();
    const Complex y = E.forward(random_complex({N, H, W}, 2));
    Complex x = E.adjoint(y);
    const std::vector<Complex> images = model.unrolled(model.parameters.tensors(), y, E);
    REQUIRE(images.size() == 3);
    for (size_t k = 0; k < 3; ++k) {
        const Complex z = from_channels(conv2d(to_channels(x), model.parameters.tensor(int(k)), {.padding = 1}));
        x = images[k];
        CHECK(distance(E.normal(x) + s.lambda * x, E.adjoint(y) + s.lambda * z) < 1e-11);
    }
}

TEST_CASE("MoDL's first image may be SENSE, and its solves may start from zero or the denoised image") {
    using Start = ModlSettings::Start;
    ModlSettings s;
    s.unrolls = 2;
    s.shared_weights = false;
    s.solve = exact(SolveGradient::unrolled);
    const CartesianEncoding E = encoding();
    const Complex y = E.forward(random_complex({N, H, W}, 2)), Ehy = E.adjoint(y);
    const Complex published = Modl(s, convolution, 40)(y, E);
    for (Start start : {Start::zero, Start::denoised}) {  // a solve to the end does not depend on its start
        s.start = start;
        CHECK(distance(Modl(s, convolution, 40)(y, E), published) < 1e-11);
    }
    s.first = ModlSettings::First::sense;
    const Modl model(s, convolution, 40);
    const Complex sense = solve_normal(E, scalar_like(y.data, s.lambda), Ehy, {}, s.solve);
    CHECK(distance(E.normal(sense) + s.lambda * sense, Ehy) < 1e-11);
    const Complex z = from_channels(conv2d(to_channels(sense), model.parameters.tensor(0), {.padding = 1}));
    const Complex x = model.unrolled(model.parameters.tensors(), y, E)[0];
    CHECK(distance(E.normal(x) + s.lambda * x, Ehy + s.lambda * z) < 1e-11);

    // With no step at all the start is what comes out.
    s.solve.iterations = 0;
    s.unrolls = 1;
    s.first = ModlSettings::First::adjoint;
    const Modl none(s, convolution, 40);
    CHECK(distance(none(y, E), from_channels(conv2d(to_channels(Ehy), none.parameters.tensor(0), {.padding = 1}))) <
          1e-13);
}

TEST_CASE("MoDL's parameters: shared or not, λ learned or not, under the published names") {
    ModlSettings s;
    s.unrolls = 2;
    CHECK(Modl(s, convolution, 40).parameters.count() == 1);
    CHECK(Modl(s, convolution, 40).parameters.name(0) == "unets.0.0.conv.weight");
    s.shared_weights = false;
    s.learn_lambda = true;
    const Modl own(s, convolution, 40);
    REQUIRE(own.parameters.count() == 3);
    CHECK(own.parameters.name(0) == "lam1");
    CHECK(own.parameters.tensor(0).item() == 0.05);
    CHECK(own.parameters.name(2) == "unets.1.0.conv.weight");
    CHECK(own.parameters.tensor(1).values<double>() != own.parameters.tensor(2).values<double>());
    CHECK(ModlSettings::original().unrolls == 10);
    s.unrolls = 0;
    CHECK_THROWS_WITH_AS(Modl(s, convolution), doctest::Contains("at least 1"), Error);
}

TEST_CASE("gradients of MoDL reach weights, λ, data and maps, and are right in both modes") {
    for (SolveGradient mode : {SolveGradient::implicit, SolveGradient::unrolled}) {
        for (auto first : {ModlSettings::First::adjoint, ModlSettings::First::sense}) {
            ModlSettings s = ModlSettings::original();
            s.unrolls = 2;
            s.lambda = 0.5;
            s.first = first;
            if (first == ModlSettings::First::sense) s.start = ModlSettings::Start::denoised;
            s.solve = exact(mode);
            s.shared_weights = false;
            const Modl model(s, convolution, 40);
            std::vector<Tensor> at = model.parameters.tensors();
            at.push_back(random_complex({N, C, H, W}, 3).data);
            at.push_back(random_complex({1, C, H, W}, 1).data);
            auto L = [&](const std::vector<Tensor>& v) {
                const Complex x = model({v.begin(), v.end() - 2}, Complex{v[v.size() - 2]}, encoding(Complex{v.back()}));
                return sum(squared_magnitude(x - random_complex({N, H, W}, 4)));
            };
            check_gradient(L, at, 1e-6);
        }
    }
}

TEST_CASE("with few steps, as published, unrolled gradients are still exact, from every start") {
    using Start = ModlSettings::Start;
    for (Start start : {Start::right_side, Start::zero, Start::denoised}) {
        ModlSettings s;  // UFLoss's
        s.unrolls = 2;
        s.learn_lambda = true;
        s.solve.absolute = 0;
        s.start = start;
        if (start == Start::denoised) s.first = ModlSettings::First::sense;
        const Modl model(s, convolution, 40);
        const CartesianEncoding E = encoding();
        const Complex y = E.forward(random_complex({N, H, W}, 2));
        check_gradient([&](const std::vector<Tensor>& v) { return sum(squared_magnitude(model(v, y, E))); },
                       model.parameters.tensors(), 1e-6);
    }
}

TEST_CASE("recomputed unrolls give the same images and gradients, and keep less") {
    std::vector<std::vector<Tensor>> found;
    std::vector<size_t> nodes;
    for (bool recompute : {false, true}) {
        ModlSettings s = ModlSettings::original();
        s.unrolls = 3;
        s.recompute = recompute;
        s.shared_weights = false;
        s.solve.gradient = SolveGradient::unrolled;
        const Modl model(s, convolution, 40);
        Tape tape;
        std::vector<Tensor> v = tape.variables(model.parameters.tensors());
        const Complex y{tape.variable(random_complex({N, C, H, W}, 3).data)};
        const Complex maps{tape.variable(random_complex({1, C, H, W}, 1).data)};
        const Complex x = model(v, y, encoding(maps));
        nodes.push_back(tape.nodes().size());
        v.push_back(y.data);
        v.push_back(maps.data);
        std::vector<Tensor> g = gradient(sum(square(squared_magnitude(x))), v);
        g.push_back(x.data);
        found.push_back(g);
    }
    CHECK(nodes[1] < 12);
    CHECK(nodes[0] > 300);
    CHECK(found[0].back().values<double>() == found[1].back().values<double>());
    for (size_t i = 0; i < found[0].size(); ++i)
        CHECK(norm(found[0][i] - found[1][i]).item() <= 1e-12 * norm(found[0][i]).item());
}

TEST_CASE("MoDL runs on every device and in float32") {
    ModlSettings s;
    s.unrolls = 1;
    s.solve.absolute = 0;
    const Modl model(s, convolution, 40);
    const CartesianEncoding E = encoding();
    const Complex y = E.forward(random_complex({N, H, W}, 2)), want = model(y, E);
    for (Device device : {Device::cpu, Device::emulated, Device::cuda})
        for (Type type : {Type::float32, Type::float64}) {
            if (!device_present(device)) continue;
            auto move = [&](const Tensor& t) { return t.to(type).to(device); };
            const CartesianEncoding there(Complex{move(E.maps.data)}, move(E.mask));
            const Complex x = model(model.parameters.to(type).to(device).tensors(), Complex{move(y.data)}, there);
            CHECK(x.data.device() == device);
            CHECK(distance(Complex{x.data.constant().to(Device::cpu).to(Type::float64)}, want) <
                  (type == Type::float32 ? 1e-5 : 1e-11));
        }
}

TEST_SUITE_END();
