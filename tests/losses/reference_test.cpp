// Values and gradients of every loss as PyTorch has them: tests/reference/losses.safetensors, written by
// tools/compare/losses_reference.py, which shares no code with the program. Float64.
#include <doctest/doctest.h>

#include <cmath>

#include "engine/tape.h"
#include "io/safetensors.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "losses/composition.h"
#include "losses/metrics.h"
#include "tests/losses/images.h"

using namespace adjoint;

TEST_SUITE_BEGIN("losses");

namespace {

const TensorFile& reference() {
    static const TensorFile file = read_safetensors(std::string(ADJOINT_TEST_DATA) + "/losses.safetensors");
    return file;
}
Tensor get(const std::string& name) {
    const Tensor* t = reference().find(name);
    REQUIRE_MESSAGE(t, name);
    return *t;
}

constexpr LossContext context{11, 42};

double worst_difference(const std::vector<double>& got, const std::vector<double>& want) {
    double worst = 0, largest = 0;
    REQUIRE(got.size() == want.size());
    for (size_t i = 0; i < got.size(); ++i) {
        worst = std::max(worst, std::abs(got[i] - want[i]));
        largest = std::max(largest, std::abs(want[i]));
    }
    return worst / largest;
}

}  // namespace

TEST_CASE("values and gradients of every loss") {
    int cases = 0;
    for (const NamedTensor& t : reference().tensors) {
        const std::string prefix = "value of ";
        if (t.name.rfind(prefix, 0) != 0) continue;
        ++cases;
        const std::string name = t.name.substr(prefix.size());
        const bool pairs = name.find("pairs") != std::string::npos;
        CAPTURE(name);
        const Composition loss(name);
        const Tensor target = get(pairs ? "target of pairs" : "target");
        Tape tape;
        const Tensor prediction = tape.variable(get(pairs ? "prediction of pairs" : "prediction"));
        const Tensor value = loss.value(prediction, target, context).total;
        CHECK(std::abs(value.item() - t.tensor.item()) < 2e-13);
        const std::vector<double> want = get("gradient of " + name).values<double>();
        CHECK(worst_difference(gradient(value, {prediction}, {.keep = true})[0].values<double>(), want) < 1e-11);
        CHECK(worst_difference(gradient(value, {prediction}, {.create_graph = true})[0].values<double>(), want) <
              1e-11);
    }
    CHECK(cases == 23);
}

TEST_CASE("the subsampling of Wang's program") {
    const std::vector<double> want = get("downsampled").values<double>();
    const Tensor target = check_image(false, 1, 385, 391);
    Tape tape;
    const Tensor prediction = tape.variable(check_image(true, 1, 385, 391));
    const Tensor value = Composition("ssim{variant=wang2004,downsample=true}").value(prediction, target, context).total;
    const Tensor g = gradient(value, {prediction})[0];
    CHECK(std::abs(value.item() - want[0]) < 2e-13);
    CHECK(sum(g * target).item() == doctest::Approx(want[1]).epsilon(1e-10));
    CHECK(sum(square(g)).item() == doctest::Approx(want[2]).epsilon(1e-10));
}

TEST_CASE("metrics as scikit-image has them") {
    const std::vector<double> want = get("metrics").values<double>();
    auto first = [](const Tensor& t) { return t.slice_of_memory(0, {1, t.shape()[1], t.shape()[2], t.shape()[3]}); };
    const Tensor x = first(get("prediction")), y = first(get("target"));
    CHECK(psnr(x, y, 1) == doctest::Approx(want[0]).epsilon(1e-12));
    CHECK(ssim_metric(x, y, 1) == doctest::Approx(want[1]).epsilon(1e-12));
    CHECK(ssim_metric(x, y, 0.8, SsimSettings::wang2004()) == doctest::Approx(want[2]).epsilon(1e-12));
    CHECK(nrmse(x, y) == doctest::Approx(want[3]).epsilon(1e-12));
    CHECK(nrmse(x, y, Normalisation::range) == doctest::Approx(want[4]).epsilon(1e-12));
    CHECK(nrmse(x, y, Normalisation::mean) == doctest::Approx(want[5]).epsilon(1e-12));
    CHECK(nmse(x, y) == doctest::Approx(want[6]).epsilon(1e-12));
}

TEST_SUITE_END();
