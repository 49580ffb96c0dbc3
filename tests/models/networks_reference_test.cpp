// The image networks' outputs, losses, gradients and running statistics as PyTorch has them, with the same weights:
// tests/reference/networks.safetensors, written by tools/compare/networks_reference.py, which shares no code with the
// program. Weights are drawn by both from the same stream, so the initialisation is held, too.
#include <doctest/doctest.h>

#include <cmath>

#include "engine/tape.h"
#include "io/safetensors.h"
#include "kernels/fourier/fourier.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "models/drdn.h"
#include "models/forward/cartesian.h"
#include "models/networks.h"

using namespace adjoint;

TEST_SUITE_BEGIN("models");

namespace {

const TensorFile& reference() {
    static const TensorFile file = read_safetensors(std::string(ADJOINT_TEST_DATA) + "/networks.safetensors");
    return file;
}
std::vector<double> get(const std::string& name) {
    const Tensor* t = reference().find(name);
    REQUIRE_MESSAGE(t, name);
    return t->values<double>();
}

// The script's images.
Tensor image(int64_t n, int64_t c, int64_t h, int64_t w, bool second = false) {
    std::vector<double> v;
    for (int64_t k = 0; k < n * c; ++k)
        for (int64_t i = 0; i < h; ++i)
            for (int64_t j = 0; j < w; ++j) {
                double a = std::sin(0.37 * i + 0.9 * k) * std::cos(0.29 * j - 0.4 * k) +
                           0.3 * std::sin(1.9 * i + 2.3 * j + k);
                if (second) a = 0.7 * a + 0.4 * std::cos(1.1 * i - 0.6 * j + 0.5 * k);
                v.push_back(a);
            }
    return Tensor::from(v, {n, c, h, w});
}

// The script moves vectors, so that no bias is 0 and no scale is 1.
std::vector<Tensor> moved_weights(const Parameters& parameters) {
    std::vector<Tensor> weights;
    for (int i = 0; i < parameters.count(); ++i) {
        const Tensor t = parameters.tensor(i).to(Device::cpu).to(Type::float64);
        std::vector<double> v = t.values<double>();
        if (t.rank() == 1)
            for (size_t k = 0; k < v.size(); ++k) v[k] += 0.2 * std::sin(1.0 + double(k));
        weights.push_back(Tensor::from(v, t.shape()));
    }
    return weights;
}

double norm_of(const std::vector<double>& v) {
    double s = 0;
    for (double x : v) s += x * x;
    return std::sqrt(s);
}

// The largest difference of `t` from what the file has under `name`, relative to `scale`, the norm there being taken
// for it if it is larger: all numbers, or the norm and three projections on cosines, which are of size √(n/2).
double difference(const Tensor& t, const std::string& name, double scale = 0) {
    const std::vector<double> want = get(name), v = t.constant().to(Device::cpu).to(Type::float64).values<double>();
    if (norm_of(want) == 0) return norm_of(v) == 0 ? 0 : INFINITY;  // behind ReLUs that are all off
    double worst = 0;
    if (want.size() == v.size()) {
        scale = std::max(scale, norm_of(want));
        for (size_t k = 0; k < v.size(); ++k) worst = std::max(worst, std::abs(v[k] - want[k]));
        return worst / scale;
    }
    REQUIRE(want.size() == 4);
    scale = std::max(scale, want[0]);
    worst = std::abs(norm_of(v) - want[0]) / scale;
    for (int p = 0; p < 3; ++p) {
        double s = 0;
        for (size_t k = 0; k < v.size(); ++k) s += v[k] * std::cos((0.7 + 0.13 * p) * double(k) + p);
        worst = std::max(worst, std::abs(s - want[size_t(p) + 1]) / (scale * std::sqrt(double(v.size()) / 2)));
    }
    return worst;
}

void check_gradients(const std::string& name, const Parameters& parameters, const std::vector<Tensor>& found,
                     double tolerance) {
    double weight_scale = 0;
    for (int i = 0; i < parameters.count(); ++i) {
        const std::string& p = parameters.name(i);
        CAPTURE(p);
        const std::string key = name + ": gradient " + p;
        // The gradient of a bias before a batch norm is 0 but for rounding: its weight's gradient is the measure.
        const bool bias = p.size() > 5 && p.compare(p.size() - 5, 5, ".bias") == 0;
        CHECK(difference(found[size_t(i)], key, bias ? weight_scale : 0) < tolerance);
        if (!bias) {
            const std::vector<double> want = get(key);
            weight_scale = want.size() == 4 ? want[0] : norm_of(want);
        }
    }
    CHECK(difference(found.back(), name + ": gradient input") < tolerance);
}

struct Case {
    std::string name, architecture;
    Attributes settings;
    Shape x;
};
const std::vector<Case>& cases() {
    static const std::vector<Case> all = {
        {"dncnn small", "dncnn",
         {{"channels", int64_t(2)}, {"width", int64_t(5)}, {"depth", int64_t(4)}},
         {2, 2, 7, 9}},
        {"dncnn", "dncnn", {}, {1, 1, 12, 11}},
        {"drdn small", "drdn",
         {{"features", int64_t(6)}, {"growth", int64_t(5)}, {"blocks", int64_t(2)},
          {"dilations", std::vector<int64_t>{1, 2, 3}}, {"reduction", int64_t(2)}},
         {2, 2, 9, 8}},
        {"drdn", "drdn", {}, {1, 2, 14, 13}},
        {"drdn prior", "drdn", {{"in", int64_t(4)}}, {1, 4, 9, 10}},
        {"unet-ufloss small", "unet-ufloss", {{"out", int64_t(3)}, {"features", int64_t(3)}}, {2, 2, 23, 37}},
        {"unet-ufloss", "unet-ufloss", {}, {2, 2, 32, 18}},
        {"unet-fastmri small", "unet-fastmri",
         {{"in", int64_t(2)}, {"out", int64_t(3)}, {"features", int64_t(3)}, {"poolings", int64_t(2)}},
         {2, 2, 11, 13}},
        {"unet-fastmri", "unet-fastmri", {}, {1, 1, 37, 32}},
        {"unet-init-features small", "unet-init-features",
         {{"in", int64_t(2)}, {"out", int64_t(2)}, {"features", int64_t(3)}},
         {2, 2, 16, 32}},
        {"unet-init-features", "unet-init-features", {}, {2, 1, 32, 16}},
    };
    return all;
}

void compare(const Case& c, Type type, Device device, double tolerance) {
    CAPTURE(c.name);
    const Network net = architecture_named(c.architecture).make(c.settings, 5, Type::float64, Device::cpu);
    const Network moved = architecture_named(c.architecture).make(c.settings, 5, type, device);  // has the statistics
    CHECK(double(net.parameters.size()) == get(c.name + ": parameters")[0]);
    auto move = [&](const Tensor& t) { return t.to(device).to(type); };
    const Tensor x = move(image(c.x[0], c.x[1], c.x[2], c.x[3]));
    const Tensor target = move(image(c.x[0], net.out, c.x[2], c.x[3], true));
    std::vector<Tensor> weights;
    for (const Tensor& t : moved_weights(net.parameters)) weights.push_back(move(t));
    {
        Tape tape;
        std::vector<Tensor> variables = tape.variables(weights);
        const Tensor input = tape.variable(x);
        const Tensor y = moved(variables, input, Mode::training);
        const Tensor loss = mean(square(y - target));
        CHECK(difference(y, c.name + ": output") < tolerance);
        CHECK(loss.item() == doctest::Approx(get(c.name + ": loss")[0]).epsilon(tolerance));
        variables.push_back(input);
        check_gradients(c.name, net.parameters, gradient(loss, variables), tolerance);
    }
    for (int i = 0; i < moved.statistics.count(); ++i) {
        CAPTURE(moved.statistics.name(i));
        CHECK(difference(moved.statistics.tensor(i), c.name + ": " + moved.statistics.name(i)) < tolerance);
    }
    if (moved.statistics.count() > 0) {
        const std::vector<double> before = moved.statistics.block().to(Device::cpu).to(Type::float64).values<double>();
        moved(weights, x, Mode::training_again);
        CHECK(difference(moved(weights, x, Mode::evaluation), c.name + ": evaluated") < tolerance);
        CHECK(moved.statistics.block().to(Device::cpu).to(Type::float64).values<double>() == before);
    }
}

void compare_all(Type type, Device device, double tolerance, bool small_only) {
    for (const Case& c : cases())
        if (!small_only || c.name.find("small") != std::string::npos) compare(c, type, device, tolerance);
}

// The recurrence with hard data consistency.
void compare_recurrence(Type type, double tolerance) {
    const Drdn net({.features = 6, .growth = 5, .blocks = 2, .dilations = {1, 2, 3}, .reduction = 2}, 5, Type::float64);
    const int64_t n = 2, h = 9, w = 8;
    auto channels_last = [](const Tensor& t) { return permute(t, {0, 2, 3, 1}); };
    auto channels_first = [](const Tensor& t) { return permute(t, {0, 3, 1, 2}); };
    const Tensor full = image(n, 2, h, w, true);
    std::vector<double> columns;
    for (int64_t j = 0; j < w; ++j) columns.push_back(j % 3 == 1);
    const Tensor mask = Tensor::from(columns, {1, 1, w}).to(type);
    const Tensor k = reshape(fft2(channels_last(full)), Shape{n, 1, h, w, 2}).to(type);
    const DataConsistency consistency(Complex{k}, mask);

    Tape tape;
    std::vector<Tensor> variables;
    for (const Tensor& t : moved_weights(net.parameters)) variables.push_back(tape.variable(t.to(type)));
    const Tensor x = tape.variable(image(n, 2, h, w).to(type));
    const std::vector<Tensor> images = net.recurrent(
        variables, x, [&](const Tensor& t) { return channels_first(consistency(Complex{channels_last(t)}).data); });
    CHECK(images.size() == 3);
    const Tensor loss = mean(square(images.back() - (full + 0.1).to(type)));
    CHECK(difference(images.back(), "drdn recurrent: output") < tolerance);
    CHECK(loss.item() == doctest::Approx(get("drdn recurrent: loss")[0]).epsilon(tolerance));
    variables.push_back(x);
    check_gradients("drdn recurrent", net.parameters, gradient(loss, variables), tolerance);
}

}  // namespace

TEST_CASE("networks as PyTorch has them, in float64") { compare_all(Type::float64, Device::cpu, 1e-10, false); }
TEST_CASE("networks as PyTorch has them, in float32") { compare_all(Type::float32, Device::cpu, 1e-4, false); }

TEST_CASE("small networks as PyTorch has them, on the GPU") {
    for (Device device : {Device::emulated, Device::cuda})
        if (device_present(device)) compare_all(Type::float32, device, 1e-4, true);
}

TEST_CASE("DRDN's recurrence with data consistency as PyTorch has it") {
    compare_recurrence(Type::float64, 1e-10);
    compare_recurrence(Type::float32, 1e-4);
}

TEST_SUITE_END();
