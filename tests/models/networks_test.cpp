// The image networks by themselves: published sizes and names, settings, refusals, and gradients by two roads. Their
// values are held against PyTorch's in networks_reference_test.cpp.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "engine/philox.h"
#include "engine/tape.h"
#include "io/safetensors.h"
#include "io/weights.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "models/dncnn.h"
#include "models/drdn.h"
#include "models/networks.h"
#include "models/unet_fastmri.h"
#include "models/unet_init_features.h"
#include "models/unet_ufloss.h"
#include "tools/training/network_file.h"

using namespace adjoint;

TEST_SUITE_BEGIN("models");

namespace {

std::vector<double> noise(int64_t n, uint64_t stream) {
    std::vector<double> v(static_cast<size_t>(n));
    for (size_t i = 0; i < v.size(); ++i) v[i] = Philox{7, stream}.normal(i);
    return v;
}

void refused(const std::function<void()>& action, ExitCode code, const std::string& sentence) {
    CAPTURE(sentence);
    try {
        action();
        FAIL_CHECK("it was not refused");
    } catch (const Error& e) {
        CHECK(e.code == code);
        CHECK_MESSAGE(std::string(e.what()).find(sentence) != std::string::npos, e.what());
    }
}

// A small network of every architecture, and an input for it.
struct Small {
    std::string architecture;
    Attributes settings;
    Shape x;
};
const std::vector<Small>& small_networks() {
    static const std::vector<Small> all = {
        {"dncnn", {{"width", int64_t(4)}, {"depth", int64_t(3)}}, {1, 1, 4, 5}},
        {"drdn", {{"features", int64_t(4)}, {"growth", int64_t(3)}, {"reduction", int64_t(2)}}, {1, 2, 5, 4}},
        {"unet-ufloss", {{"features", int64_t(2)}}, {1, 2, 17, 33}},
        {"unet-fastmri", {{"features", int64_t(2)}, {"poolings", int64_t(2)}}, {1, 1, 9, 10}},
        {"unet-init-features", {{"features", int64_t(2)}, {"sigmoid", int64_t(1)}}, {2, 1, 16, 16}},
    };
    return all;
}

}  // namespace

TEST_CASE("published numbers of parameters") {
    CHECK(Dncnn().parameters.size() == 555137);  // 557 057 less the scales and shifts of 15 batch norms
    CHECK(Drdn().parameters.size() == 324738);
    CHECK(Drdn({.in = 4}).parameters.size() == 325314);
    CHECK(UnetUfloss().parameters.size() == 13394818);
    CHECK(UnetFastmri().parameters.size() == 7756097);
    CHECK(UnetInitFeatures().parameters.size() == 7762465);
    CHECK(UnetInitFeatures({.features = 19}).parameters.size() == 2738186);
}

TEST_CASE("published names") {
    const Parameters drdn = Drdn().parameters;
    CHECK(drdn.tensor("SFENet1.weight").shape() == Shape{32, 2, 3, 3});
    CHECK(drdn.tensor("SEDRDBs.2.convs.3.conv.0.weight").shape() == Shape{32, 128, 3, 3});
    CHECK(drdn.tensor("SEDRDBs.0.SE.fc.0.weight").shape() == Shape{2, 32});
    CHECK(drdn.tensor("GFF.0.weight").shape() == Shape{32, 96, 1, 1});
    const UnetUfloss ufloss;
    CHECK(ufloss.parameters.tensor("down4.mpconv.1.conv.3.weight").shape() == Shape{512, 512, 3, 3});
    CHECK(ufloss.parameters.tensor("up1.conv.conv.0.weight").shape() == Shape{256, 1024, 3, 3});
    CHECK(ufloss.statistics.tensor("inc.conv.conv.4.running_var").values<float>()[0] == 1);
    CHECK(UnetFastmri().parameters.tensor("up_conv.3.1.weight").shape() == Shape{1, 32, 1, 1});
    CHECK(UnetFastmri().parameters.tensor("up_transpose_conv.0.layers.0.weight").shape() == Shape{512, 256, 2, 2});
    CHECK(UnetInitFeatures().parameters.tensor("bottleneck.bottleneckconv2.weight").shape() == Shape{512, 512, 3, 3});
    CHECK(UnetInitFeatures().parameters.tensor("decoder1.dec1norm2.bias").shape() == Shape{32});
}

TEST_CASE("published initialisation") {
    auto deviation = [](const Tensor& t) { return std::sqrt(variance(t).item()); };
    const Parameters drdn = Drdn({}, 3).parameters;
    CHECK(deviation(drdn.tensor("SEDRDBs.1.convs.3.conv.0.weight")) == doctest::Approx(0.02).epsilon(0.02));
    CHECK(max(abs(drdn.tensor("SEDRDBs.1.LFF.bias"))).item() <= 1 / std::sqrt(160.0));
    const Tensor w = Dncnn({}, 3).parameters.tensor("model.8.weight");
    CHECK(max(abs(w)).item() <= 1 / std::sqrt(576.0));
    CHECK(deviation(w) == doctest::Approx(1 / std::sqrt(3 * 576.0)).epsilon(0.02));
}

TEST_CASE("gradients of networks: reverse mode against dual numbers, in training and in evaluation") {
    for (const Small& s : small_networks())
        for (Mode mode : {Mode::training_again, Mode::evaluation}) {
            CAPTURE(s.architecture);
            const Architecture& architecture = architecture_named(s.architecture);
            const Network net = architecture.make(s.settings, 2, Type::float64, Device::cpu);
            const Tensor x = Tensor::from(noise(s.x.count(), 1), s.x);
            const std::vector<double> direction = noise(net.parameters.size(), 3);
            double reverse = 0;
            Shape output;
            {
                Tape tape;
                const std::vector<Tensor> weights = tape.variables(net.parameters.tensors());
                const Tensor y = net(weights, x, mode);
                output = y.shape();
                Parameters gradients = net.parameters.like();
                gradients.gather(gradient(y, weights, {.cotangent = Tensor::from(noise(y.size(), 5), y.shape())}));
                const std::vector<double> g = gradients.block().values<double>();
                for (size_t i = 0; i < g.size(); ++i) reverse += g[i] * direction[i];
            }
            // The same directional derivative by dual numbers through the definitions.
            const std::vector<double> values = net.parameters.block().values<double>();
            std::vector<Dual1> duals;
            for (size_t i = 0; i < values.size(); ++i) duals.push_back({values[i], direction[i]});
            const Network on_reference = architecture.make(s.settings, 2, Type::dual1, Device::reference);
            on_reference.parameters.block().copy_from(
                Tensor::from(duals, {net.parameters.size()}, Device::reference));
            const Tensor y =
                on_reference(on_reference.parameters.tensors(), x.to(Device::reference).to(Type::dual1), mode);
            const std::vector<double> cotangent = noise(output.count(), 5);
            const std::vector<Dual1> d = y.values<Dual1>();
            double forward = 0;
            for (size_t i = 0; i < d.size(); ++i) forward += cotangent[i] * d[i].tangent;
            CHECK(reverse == doctest::Approx(forward).epsilon(1e-10));
        }
}

TEST_CASE("settings and images that do not fit are refused") {
    auto make = [](const std::string& name, const Attributes& settings) {
        return architecture_named(name).make(settings, 0, Type::float32, Device::cpu);
    };
    refused([&] { make("dncnn", {{"wide", int64_t(3)}}); }, ExitCode::usage, "no setting 'wide'");
    refused([&] { make("dncnn", {{"width", 3.5}}); }, ExitCode::usage, "of another kind");
    refused([&] { make("dncnn", {{"depth", int64_t(1)}}); }, ExitCode::usage, "depth at least 2");
    refused([&] { make("drdn", {{"features", int64_t(8)}}); }, ExitCode::usage, "no fewer than the reduction");
    refused([&] { architecture_named("vgg"); }, ExitCode::usage, "there are dncnn, drdn");
    const Network drdn = make("drdn", {}), unet = make("unet-init-features", {{"features", int64_t(2)}});
    refused([&] { drdn(Tensor::zeros({1, 3, 8, 8})); }, ExitCode::mismatch, "takes N×2×H×W");
    refused([&] { unet(Tensor::zeros({1, 1, 24, 16})); }, ExitCode::mismatch, "multiples of 16");
    refused([&] { unet({Tensor::zeros({1})}, Tensor::zeros({1, 1, 16, 16})); }, ExitCode::mismatch, "given 1 tensors");
    refused([&] { unet(unet.parameters.tensors(), Tensor::zeros({1, 1, 16, 16}), Mode::training); },
            ExitCode::mismatch, "one value per channel");
    const Network fastmri = make("unet-fastmri", {{"features", int64_t(2)}});
    refused([&] { fastmri(Tensor::zeros({1, 1, 16, 16})); }, ExitCode::mismatch, "one pixel, which has no deviation");
}

TEST_CASE("networks come back from their files, and published files without settings are understood") {
    const std::filesystem::path path = std::filesystem::temp_directory_path() / "adjoint_networks_test.safetensors";
    for (const Small& s : small_networks()) {
        CAPTURE(s.architecture);
        Attributes settings = s.settings;
        if (settings.has("sigmoid")) settings.set("sigmoid", int64_t(0));  // what a file of weights alone does not tell
        const Network net = architecture_named(s.architecture).make(settings, 4, Type::float32, Device::cpu);
        const Tensor x = Tensor::from(noise(s.x.count(), 1), s.x).to(Type::float32);
        net(net.parameters.tensors(), x, Mode::training);  // moves the statistics
        const std::vector<float> y = net(x).values<float>();
        for (bool ours : {true, false}) {
            TensorFile file;
            if (ours) file.metadata = describe(net);
            add_parameters(file, net.parameters);
            add_parameters(file, net.statistics);
            if (net.statistics.count() > 0)
                file.tensors.push_back({"x.num_batches_tracked", Tensor::from(std::vector<int64_t>{7}, Shape{})});
            write_safetensors(path, file);
            const Network read = load_network(path, s.architecture);
            CHECK(settings_text(read.settings) == settings_text(net.settings));
            CHECK(read(x).values<float>() == y);
        }
    }
    refused([&] { load_network(path, "drdn"); }, ExitCode::mismatch, "no tensor 'SFENet1.weight'");
    std::filesystem::remove(path);
}

TEST_SUITE_END();
