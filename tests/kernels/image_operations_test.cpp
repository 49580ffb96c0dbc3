// Sampling, normalisation and layers of convolutions as PyTorch has them, values and gradients:
// tests/reference/image_operations.safetensors, written by tools/compare/image_operations_reference.py. And what the
// pools do with ties, infinities and NaN.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "engine/tape.h"
#include "io/safetensors.h"
#include "kernels/convolution/convolution.h"
#include "kernels/normalise/normalise.h"
#include "kernels/sampling/sampling.h"

using namespace adjoint;

TEST_SUITE_BEGIN("kernels");

namespace {

Tensor get(const std::string& name) {
    static const TensorFile file = read_safetensors(std::string(ADJOINT_TEST_DATA) + "/image_operations.safetensors");
    const Tensor* t = file.find(name);
    REQUIRE_MESSAGE(t, name);
    return *t;
}

double worst_difference(const Tensor& got, const Tensor& want) {
    REQUIRE(got.shape() == want.shape());
    const std::vector<double> a = got.values<double>(), b = want.values<double>();
    double worst = 0, largest = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        worst = std::max(worst, std::abs(a[i] - b[i]));
        largest = std::max(largest, std::abs(b[i]));
    }
    return worst / largest;
}

using Function = std::function<Tensor(const std::vector<Tensor>&)>;
using One = std::function<Tensor(const Tensor&)>;
Function of_one(const One& f) {
    return [f](const std::vector<Tensor>& x) { return f(x[0]); };
}

void check_case(const std::string& name, int inputs, const Function& f) {
    CAPTURE(name);
    for (bool create_graph : {false, true}) {
        Tape tape;
        std::vector<Tensor> x;
        for (int k = 0; k < inputs; ++k) x.push_back(tape.variable(get(name + "/input " + std::to_string(k))));
        const Tensor y = f(x);
        CHECK(worst_difference(y, get(name + "/y")) < 1e-12);
        const auto g = gradient(y, x, {.create_graph = create_graph, .cotangent = get(name + "/v")});
        for (int k = 0; k < inputs; ++k)
            CHECK(worst_difference(g[size_t(k)], get(name + "/gradient " + std::to_string(k))) < 1e-12);
    }
}

}  // namespace

TEST_CASE("sampling of images equals PyTorch's, values and gradients") {
    const PoolingSettings three{{3, 3}, {2, 2}, {1, 1}, true}, inside{{3, 3}, {2, 2}, {1, 1}, false};
    const std::pair<const char*, One> all[] = {
        {"max_pool 2", [](auto& x) { return max_pool(x); }},
        {"max_pool 3 stride 2 padding 1", [&](auto& x) { return max_pool(x, three); }},
        {"average_pool 2", [](auto& x) { return average_pool(x); }},
        {"average_pool 3 stride 2 padding 1", [&](auto& x) { return average_pool(x, three); }},
        {"average_pool 3 stride 2 padding 1, inside", [&](auto& x) { return average_pool(x, inside); }},
        {"nearest to 20x13", [](auto& x) { return upsample_nearest(x, Extent{20, 13}); }},
        {"nearest by 2", [](auto& x) { return upsample_nearest(x, 2.0); }},
        {"nearest by 2.5", [](auto& x) { return upsample_nearest(x, 2.5); }},
        {"bilinear to 20x7", [](auto& x) { return upsample_bilinear(x, Extent{20, 7}, false); }},
        {"bilinear by 2", [](auto& x) { return upsample_bilinear(x, 2.0, false); }},
        {"bilinear by 1.7", [](auto& x) { return upsample_bilinear(x, 1.7, false); }},
        {"bilinear to 20x7, corners", [](auto& x) { return upsample_bilinear(x, Extent{20, 7}, true); }},
        {"bilinear by 2, corners", [](auto& x) { return upsample_bilinear(x, 2.0, true); }},
        {"bilinear by 1.7, corners", [](auto& x) { return upsample_bilinear(x, 1.7, true); }},
        {"pixel_shuffle 2", [](auto& x) { return pixel_shuffle(x, 2); }},
        {"pixel_unshuffle 3", [](auto& x) { return pixel_unshuffle(x, 3); }},
    };
    for (const auto& [name, f] : all) check_case(name, 1, of_one(f));
}

TEST_CASE("normalisation equals PyTorch's, values and gradients") {
    const RunningStatistics running{get("running mean"), get("running variance")};
    check_case("batch_norm", 3, [](auto& x) { return batch_norm(x[0], x[1], x[2]).y; });
    check_case("batch_norm evaluation", 3, [&](auto& x) {
        return batch_norm_evaluation(x[0], x[1], x[2], running.mean, running.variance);
    });
    check_case("instance_norm", 3, [](auto& x) { return instance_norm(x[0], x[1], x[2]); });
    check_case("instance_norm without γ", 1, [](auto& x) { return instance_norm(x[0]); });
    check_case("layer_norm", 3, [](auto& x) { return layer_norm(x[0], x[1], x[2], 1e-3); });

    const BatchNorm batch = batch_norm(get("batch_norm/input 0"), {}, {});
    const RunningStatistics after = update_running(running, batch, 0.3);
    CHECK(worst_difference(after.mean, get("running mean after")) < 1e-14);
    CHECK(worst_difference(after.variance, get("running variance after")) < 1e-14);
    CHECK_THROWS_WITH(update_running(running, batch_norm(Tensor::zeros({1, 4}, Type::float64), {}, {})),
                      doctest::Contains("has no variance"));
}

TEST_CASE("convolutions with bias and activation equal PyTorch's, values and gradients") {
    check_case("convolution and relu", 3, [](auto& x) {
        return conv2d_layer({x[0]}, x[1], x[2], {.dilation = 2, .padding = 2}, 0);
    });
    check_case("convolution and leaky relu, stride 2, 2 groups", 3, [](auto& x) {
        return conv2d_layer({x[0]}, x[1], x[2], {.stride = 2, .padding = 1, .groups = 2}, 0.2);
    });
    check_case("convolution 1x1", 3, [](auto& x) { return conv2d_layer({x[0]}, x[1], x[2], {}, 1); });
}

TEST_CASE("normalise: a large mean costs no digits") {
    std::vector<float> x(4096);
    for (size_t i = 0; i < x.size(); ++i) x[i] = 100000.0f + float(i % 2);  // mean 100000.5, variance 1/4
    const std::vector<float> y = instance_norm(Tensor::from(x, {1, 1, 64, 64})).values<float>();
    for (size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(i % 2 ? 0.99998 : -0.99998).epsilon(1e-6));
}

TEST_CASE("max_pool: the first of equal ones gets the gradient, infinities and NaN are numbers like others") {
    const double none = -std::numeric_limits<double>::infinity(), nan = std::nan("");
    Tape tape;
    const Tensor x = tape.variable(
        Tensor::from(std::vector<double>{1, 1, none, none, 5, nan, 1, 1, none, none, nan, 7}, {1, 1, 2, 6}));
    const Tensor y = max_pool(x);
    const std::vector<double> values = y.values<double>();
    CHECK(values[0] == 1);
    CHECK(values[1] == none);
    CHECK(std::isnan(values[2]));
    CHECK(gradient(y, {x}, {.cotangent = Tensor::from(std::vector<double>{2, 3, 4}, {1, 1, 1, 3})})[0].values<double>() ==
          std::vector<double>{2, 0, 3, 0, 0, 4, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("sampling refuses what it cannot do") {
    const Tensor x = Tensor::zeros({1, 3, 4, 4});
    CHECK_THROWS_WITH(pixel_shuffle(x, 2), doctest::Contains("no multiple of 4"));
    CHECK_THROWS_WITH(pixel_unshuffle(x, 3), doctest::Contains("multiples of the factor"));
    CHECK_THROWS_WITH(pixel_shuffle(Tensor::zeros({3, 4, 4}), 1), doctest::Contains("four axes"));
    CHECK_THROWS_WITH(upsample_nearest(x, -1.0), doctest::Contains("positive number"));
    CHECK_THROWS_WITH(upsample_bilinear(x, 0.1, false), doctest::Contains("no pixels"));
}

TEST_SUITE_END();
