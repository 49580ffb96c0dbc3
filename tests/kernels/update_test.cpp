// Optimiser steps: five steps on a quadratic against the numbers that PyTorch 2.15 gives in float64 (torch.optim.Adam,
// AdamW, SGD, and clip_grad_norm_), and clipping at its edges.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "kernels/pointwise/pointwise.h"
#include "kernels/update/update.h"

using namespace adjoint;

TEST_SUITE_BEGIN("kernels");

namespace {

Tensor numbers(const std::vector<double>& v) { return Tensor::from(v, {int64_t(v.size())}); }

// p after five steps down Σ w (p − c)², from (0.5, −1.25, 2).
std::vector<double> five_steps(const std::function<void(const Tensor& p, const Tensor& g, int64_t step)>& step) {
    Tensor p = numbers({0.5, -1.25, 2}), c = numbers({1, 0.1, -3}), w = numbers({1, 0.01, 2});
    for (int64_t t = 1; t <= 5; ++t) step(p, (p - c) * w * 2.0, t);
    return p.values<double>();
}

void check_close(const std::vector<double>& got, const std::vector<double>& want) {
    REQUIRE(got.size() == want.size());
    for (size_t i = 0; i < want.size(); ++i) CHECK(std::fabs(got[i] - want[i]) < 1e-13);
}

}  // namespace

TEST_CASE("adam and adamw give PyTorch's numbers") {
    const AdamSettings s{.learning_rate = 0.1, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3, .weight_decay = 0.05};
    Tensor m = numbers({0, 0, 0}), v = numbers({0, 0, 0});
    check_close(five_steps([&](auto& p, auto& g, int64_t t) { adam(p, g, m, v, s, t); }),
                {0.9602316965957497, -0.76366883917232198, 1.5015757047580895});
    m = numbers({0, 0, 0}), v = numbers({0, 0, 0});
    check_close(five_steps([&](auto& p, auto& g, int64_t t) { adamw(p, g, m, v, s, t); }),
                {0.94867561448435134, -0.75037027038138326, 1.4571877871762455});
}

TEST_CASE("sgd with and without momentum gives PyTorch's numbers") {
    SgdSettings s{.learning_rate = 0.05, .weight_decay = 0.1};
    check_close(five_steps([&](auto& p, auto& g, int64_t) { sgd(p, g, s); }),
                {0.69259271271718748, -1.2124532721981502, -1.36222988038125});
    s.momentum = 0.9;
    Tensor u = numbers({0, 0, 0});
    check_close(five_steps([&](auto& p, auto& g, int64_t) { sgd_momentum(p, g, u, s); }),
                {0.98267303009218743, -1.1515117071319103, -5.8718466008812502});
    s.nesterov = true;
    u = numbers({0, 0, 0});
    check_close(five_steps([&](auto& p, auto& g, int64_t) { sgd_momentum(p, g, u, s); }),
                {1.0133879892816244, -1.1251875096197863, -4.9890530218276901});
    CHECK_THROWS_WITH(sgd(u, u, s), doctest::Contains("use sgd_momentum"));
}

TEST_CASE("clip_by_norm gives PyTorch's numbers and returns the norm from before") {
    std::vector<double> norms;
    const SgdSettings s{.learning_rate = 0.05};
    check_close(five_steps([&](auto& p, auto& g, int64_t) {
                    norms.push_back(clip_by_norm(g, 1.5).item());
                    sgd(p, g, s);
                }),
                {0.51901737229193967, -1.2494786174420645, 1.6254829647255156});
    check_close(norms, {20.02500259675389, 19.725378641351597, 19.425760442997564, 19.126148180591755,
                        18.826542041501028});
}

TEST_CASE("clip_by_norm leaves small gradients alone, and neither overflows nor hides what is not finite") {
    Tensor small = numbers({0.3, -0.4});
    CHECK(clip_by_norm(small, 1).item() == doctest::Approx(0.5));
    CHECK(small.values<double>() == std::vector<double>{0.3, -0.4});

    Tensor huge = Tensor::from(std::vector<float>(1000, 1e30f), {1000});  // squares beyond float32
    CHECK(clip_by_norm(huge, 1).item() == doctest::Approx(std::sqrt(1000) * 1e30));
    CHECK(huge.values<float>()[999] == doctest::Approx(1 / std::sqrt(1000)));

    Tensor infinite = numbers({std::numeric_limits<double>::infinity(), 1});
    CHECK(std::isinf(clip_by_norm(infinite, 1).item()));
    CHECK(std::isnan(infinite.values<double>()[0]));
    Tensor undefined = numbers({std::nan(""), 1});
    CHECK(std::isnan(clip_by_norm(undefined, 1).item()));
    CHECK(std::isnan(undefined.values<double>()[1]));
}

TEST_CASE("clip_by_value keeps NaN") {
    Tensor g = numbers({-3, -0.5, 0.2, 7, std::nan("")});
    clip_by_value(g, 0.5);
    std::vector<double> v = g.values<double>();
    CHECK(std::isnan(v.back()));
    v.pop_back();
    CHECK(v == std::vector<double>{-0.5, -0.5, 0.2, 0.5});
}

TEST_SUITE_END();
