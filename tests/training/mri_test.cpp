// Learned MRI reconstruction around the network: masks, normalisation, examples, model files, scores, parts of the report.
#include <doctest/doctest.h>

#include <cmath>

#include "engine/philox.h"
#include "engine/tape.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "tests/training/mri_data.h"
#include "tests/training/run_test.h"
#include "tools/training/mri_report.h"
#include "tools/training/mri_task.h"

using namespace adjoint;
using namespace run_test;
using namespace mri_data;

namespace {

double largest(const Tensor& x) { return max(x).item(); }

}  // namespace

TEST_SUITE_BEGIN("training");

TEST_CASE("masks are functions of seed, stream and number; every kind gives a mask of the right size") {
    SamplingSettings s;
    s.centre_fraction = 0.1;
    for (const char* kind : {"random", "equispaced-fraction", "equispaced", "variable-density", "poisson-disk"}) {
        CAPTURE(std::string(kind));
        s.kind = kind;
        s.calibration = 6;
        const Tensor a = draw_mask(s, 40, 64, 1, MaskStream::training, 5);
        CHECK(a.values<float>() == draw_mask(s, 40, 64, 1, MaskStream::training, 5).values<float>());
        CHECK(a.size(2) == 64);
        CHECK((a.size(1) == 1 || a.size(1) == 40));
        int different = 0;
        for (uint64_t n = 6; n < 12; ++n)
            different += a.values<float>() != draw_mask(s, 40, 64, 1, MaskStream::training, n).values<float>();
        CHECK(different > 0);
    }
}

TEST_CASE("what was measured is found again: columns as columns, points as points") {
    std::vector<float> columns = {1, 0, 0, 1, 1, 0}, points(4 * 6, 0.f);
    points[0] = points[7] = points[20] = 1;
    auto on_kspace = [](const std::vector<float>& mask, int64_t rows) {
        const Complex k{kspace(1, 2, 4, 6)};
        return (k * Tensor::from(mask, {1, 1, rows, 6})).data.viewed_as({2, 4, 6, 2});
    };
    CHECK(measured_samples(on_kspace(columns, 1), "a").values<float>() == columns);
    CHECK(measured_samples(on_kspace(points, 4), "a").values<float>() == points);
    CHECK(measured_samples(on_kspace(points, 4), "a").shape() == Shape{1, 4, 6});
}

TEST_CASE("an example is the slice as measured, in the units that normalisation sets") {
    Scratch scratch;
    MriSettings s = settings_for(file_of(scratch, "k.npy", 3, 1, 16, 20));
    const MriExamples examples("data", s.train, s.dataset_options(), s);
    REQUIRE(examples.size() == 3);
    const MriExample e = examples.fixed(1);
    const Complex zero_filled = e.encoding(Device::cpu).adjoint(e.y);
    CHECK(largest(abs(zero_filled)) == doctest::Approx(1).epsilon(1e-5));
    // Undone, target and measurement are the file's.
    const Tensor full = kspace(3, 1, 16, 20).slice_of_memory(16 * 20 * 2, {1, 1, 16, 20, 2});
    CHECK(norm((e.target * e.scale).data - ifft2(Complex{full}).data.viewed_as(e.target.data.shape())).item() <
          1e-5 * norm(full).item());
    CHECK(norm((e.y * e.scale).data - (Complex{full} * e.mask.viewed_as({1, 1, 1, 20})).data).item() <
          1e-5 * norm(full).item());
    // Fixed masks stay, those of training change from epoch to epoch unless told not to.
    CHECK(e.mask.values<float>() == examples.fixed(1).mask.values<float>());
    int different = 0;
    for (int64_t epoch = 1; epoch < 6; ++epoch)
        different += examples.training(1, 0).mask.values<float>() != examples.training(1, epoch).mask.values<float>();
    CHECK(different > 0);
    s.sampling.redraw = false;
    const MriExamples still("data", s.train, s.dataset_options(), s);
    CHECK(still.training(1, 0).mask.values<float>() == still.training(1, 4).mask.values<float>());

    s.sampling.noise = 0.1;
    const MriExamples noisy("data", s.train, s.dataset_options(), s);
    const MriExample n = noisy.training(1, 0), clean = still.training(1, 0);
    const double measured = 2 * sum(n.mask).item() * 16;  // real numbers with noise
    CHECK(std::sqrt(sum_of_squares(n.y.data - clean.y.data).item() / measured) == doctest::Approx(0.1).epsilon(0.2));
    CHECK(n.y.data.values<float>() == noisy.training(1, 0).y.data.values<float>());
}

TEST_CASE("several coils get maps from the measured centre, and the percentile is UFLoss's") {
    Scratch scratch;
    MriSettings s = settings_for(file_of(scratch, "k.npy", 2, 3, 32, 32));
    s.model.scheme = "modl";
    s.preparation.normalise = "percentile";
    s.preparation.calibration = 12;
    s.sampling.centre_fraction = 0.4;
    const MriExamples examples("data", s.train, s.dataset_options(), s);
    const MriExample e = examples.training(0, 0);
    REQUIRE(e.maps);
    CHECK(e.maps.shape() == Shape{1, 3, 32, 32});
    // Where there are maps they have unit norm.
    int mapped = 0;
    for (float m : root_sum_of_squares(e.maps).values<float>()) {
        CHECK((m == 0 || std::abs(m - 1) < 1e-4));
        mapped += m != 0;
    }
    CHECK(mapped > 100);
    // After division the element number round(n/20) from above is 1.
    std::vector<float> centre(32, 0.f);
    for (int i = 4; i < 28; ++i) centre[size_t(i)] = 1;
    std::vector<float> m =
        root_sum_of_squares(ifft2(e.y * Tensor::from(centre, {1, 1, 1, 32}))).values<float>();
    std::sort(m.begin(), m.end(), std::greater<float>());
    CHECK(m[51] == doctest::Approx(1).epsilon(1e-5));
}

TEST_CASE("maps that are zero everywhere are refused: the slice would be learned as zeros") {
    Scratch scratch;
    MriSettings s = settings_for(file_of(scratch, "k.npy", 2, 2, 24, 20));
    s.sampling.centre_fraction = 0.4;
    const MriExamples examples("data", s.train, s.dataset_options(), s);  // its calibration region is the kernel's size
    CHECK_THROWS_WITH(examples.fixed(1), doctest::Contains("coil maps of k.npy, slice 1: they are zero everywhere"));
}

TEST_CASE("batches are stacked slices; slices of other sizes are refused by name") {
    Scratch scratch;
    MriSettings s = settings_for(file_of(scratch, "a.npy", 2, 1, 16, 20));
    s.train.push_back(file_of(scratch, "b.npy", 1, 1, 16, 24));
    const MriExamples examples("data", s.train, s.dataset_options(), s);
    const MriExample a = examples.fixed(0), b = examples.fixed(1);
    const MriExample both = stacked({a, b});
    CHECK(both.y.shape() == Shape{2, 1, 16, 20});
    const std::vector<float> first = a.target.data.values<float>(), all = both.target.data.values<float>();
    CHECK(std::equal(first.begin(), first.end(), all.begin()));
    CHECK_THROWS_WITH(stacked({a, examples.fixed(2)}), doctest::Contains("a.npy, slice 0 is 1×1×16×20, and b.npy"));
}

TEST_CASE("recomputed recurrences and unrolls have the same loss, and gradients to the last digits") {
    Scratch scratch;
    for (const char* scheme : {"recurrent", "modl"}) {
        CAPTURE(std::string(scheme));
        MriSettings s = settings_for(file_of(scratch, std::string(scheme) + ".npy", 2,
                                             std::string(scheme) == "modl" ? 2 : 1, 24, 24));
        s.model.scheme = scheme;
        s.model.unrolls = 2;
        s.preparation.calibration = 10;
        s.sampling.centre_fraction = 0.45;
        const MriExamples examples("data", s.train, s.dataset_options(), s);
        MriTask kept(s, examples, examples);
        s.model.recompute = true;
        MriTask again(s, examples, examples);
        Parameters g = kept.weights().like(), h = g.like();
        CHECK(kept.loss(0, &g).front().second == again.loss(0, &h).front().second);
        CHECK(norm(g.block()).item() > 0);
        CHECK(norm(g.block() - h.block()).item() < 1e-5 * norm(g.block()).item());
    }
}

TEST_CASE("training lowers the loss and resumes to the same bytes, with all of it on") {
    Scratch scratch;
    MriSettings s = settings_for(file_of(scratch, "k.npy", 5, 1, 24, 24));
    s.batch = 2;
    s.training.steps = 24, s.training.accumulate = 2, s.training.average_decay = 0.8;
    s.training.evaluate_every = s.training.draw_every = 8;
    s.training.checkpoint_every = 5;
    s.training.clock = false;
    s.training.schedule.rate = 3e-3;
    s.loss = "l1+0.1*local-glance{window=4}";
    const MriExamples examples("data", s.train, s.dataset_options(), s);
    const TrainingSettings all = s.resolved_training(examples.size());
    TrainingSettings part = all;
    part.steps = 11;
    MriTask straight(s, examples, examples), first(s, examples, examples), rest(s, examples, examples);
    TrainingResult result;
    REQUIRE(train(straight, scratch.path / "straight", all, false, &result) == ExitCode::done);
    REQUIRE(train(first, scratch.path / "resumed", part, false) == ExitCode::done);
    s.prefetch = 0;
    MriTask without(s, examples, examples);
    REQUIRE(train(rest, scratch.path / "resumed", all, true) == ExitCode::done);
    REQUIRE(train(without, scratch.path / "without", all, false) == ExitCode::done);
    for (const char* file : {"metrics.csv", "last.safetensors", "pictures/step_000024.png"}) {
        CHECK_MESSAGE(content(scratch.path / "straight" / file) == content(scratch.path / "resumed" / file), file);
        CHECK_MESSAGE(content(scratch.path / "straight" / file) == content(scratch.path / "without" / file), file);
    }
    const auto table = read_metrics(scratch.path / "straight" / "metrics.csv");
    CHECK(table.at("psnr").back() > table.at("psnr").front());

    // The model file alone gives the network back.
    const MriModel model = load_mri_model(scratch.path / "straight" / "best.safetensors", Device::cpu);
    load_weights(scratch.path / "straight" / "best.safetensors", straight.weights());
    const MriExample e = examples.fixed(2);
    CHECK(reconstructed(model, model.parameters().tensors(), e, Device::cpu).data.values<float>() ==
          reconstructed(MriModel(s, 1, Device::cpu), straight.weights().tensors(), e, Device::cpu)
              .data.values<float>());
    CHECK(model.settings().sampling.acceleration == 2);
    CHECK(model.settings().loss == s.loss);
}

TEST_CASE("epochs become steps") {
    MriSettings s;
    s.batch = 2;
    s.training.accumulate = 3;
    s.epochs = 5;
    CHECK(s.resolved_training(13).steps == 11);  // 65 slices in sixes
    s.epochs = 0;
    CHECK(s.resolved_training(13).steps == s.training.steps);
}

TEST_CASE("scores: slices with their own maximum, volumes with theirs") {
    auto ramp = [](double scale, double offset) {
        std::vector<float> v;
        for (int i = 0; i < 64; ++i) v.push_back(float(scale * i / 63 + offset));
        return Tensor::from(v, {8, 8});
    };
    ScoreTable table;
    table.add("a", "a, 0", ramp(1, 0.1), ramp(1, 0));
    table.add("a", "a, 1", ramp(2, 0.1), ramp(2, 0));
    table.add("b", "b, 0", ramp(1, 0.2), ramp(1, 0));
    table.finish();
    REQUIRE(table.slices().size() == 3);
    REQUIRE(table.volumes().size() == 2);
    CHECK(table.slices()[0].scores.psnr == doctest::Approx(20));
    CHECK(table.slices()[1].scores.psnr == doctest::Approx(20 + 20 * std::log10(2.0)));
    CHECK(table.slices()[2].scores.psnr == doctest::Approx(20 - 20 * std::log10(2.0)));
    CHECK(table.volumes()[0].scores.psnr == doctest::Approx(20 + 20 * std::log10(2.0)));  // range 2 for both slices
    double power = 0;
    for (int i = 0; i < 64; ++i) power += 5.0 * i * i / 63 / 63;
    CHECK(table.volumes()[0].scores.nmse == doctest::Approx(2 * 64 * 0.01 / power));
    CHECK(table.mean().psnr == doctest::Approx(20));
    CHECK(table.slices()[0].scores.ssim < 1);
    CHECK(table.csv().find("volume,\"b\",") != std::string::npos);
    CHECK_THROWS_WITH(table.add("c", "c, 0", ramp(1, 0), ramp(0, 0)), doctest::Contains("target is zero everywhere"));
    CHECK_THROWS_WITH(table.add("c", "c, 0", Tensor::zeros({8, 9}), ramp(1, 0)), doctest::Contains("the image is 8×9"));
}

TEST_CASE("base64 as RFC 4648 gives it") {
    CHECK(base64("") == "");
    CHECK(base64("f") == "Zg==");
    CHECK(base64("fo") == "Zm8=");
    CHECK(base64("foo") == "Zm9v");
    CHECK(base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("networks by name, with settings as text") {
    CHECK(image_network("drdn", "", 1, Device::cpu).denoiser.parameters.size() == 324738);
    const std::string settings = "features=8,growth=4,blocks=1,dilations=1:2,reduction=4";
    const ImageNetwork small = image_network("drdn", settings, 1, Device::cpu);
    CHECK(small.denoiser.parameters.tensor("SEDRDBs.0.convs.1.conv.0.weight").shape() == Shape{4, 12, 3, 3});
    CHECK_THROWS_WITH(image_network("drdn", "feature=8", 1, Device::cpu), doctest::Contains("no setting 'feature'"));
    CHECK_THROWS_WITH(image_network("drdn", "features", 1, Device::cpu), doctest::Contains("'features' has no '='"));
    CHECK_THROWS_WITH(image_network("dncnn", "", 1, Device::cpu), doctest::Contains("it has 1 channels in and 1 out"));
    CHECK_THROWS_WITH(image_network("drd", "", 1, Device::cpu), doctest::Contains("there are residual, dncnn, drdn"));
}

TEST_CASE("running statistics move in training alone, are saved with the weights, and resume with them") {
    Scratch scratch;
    MriSettings s = settings_for(file_of(scratch, "k.npy", 4, 1, 32, 32));
    s.model.scheme = "modl";
    s.model.network = "unet-ufloss";
    s.model.network_settings = "features=2";
    s.model.unrolls = 2;
    s.training.clock = false;
    s.training.evaluate_every = s.training.checkpoint_every = s.training.draw_every = 3;
    s.training.steps = 7;
    const MriExamples examples("data", s.train, s.dataset_options(), s);
    const TrainingSettings all = s.resolved_training(examples.size());
    TrainingSettings part = all;
    part.steps = 4;
    auto statistics = [](const MriTask& task) { return task.statistics()[0].second.block().values<float>(); };
    MriTask straight(s, examples, examples), first(s, examples, examples), rest(s, examples, examples);
    const std::vector<float> before = statistics(straight);
    straight.evaluate();
    straight.loss(0, nullptr);
    CHECK(statistics(straight) == before);
    REQUIRE(train(straight, scratch.path / "straight", all, false) == ExitCode::done);
    CHECK(statistics(straight) != before);
    REQUIRE(train(first, scratch.path / "resumed", part, false) == ExitCode::done);
    REQUIRE(train(rest, scratch.path / "resumed", all, true) == ExitCode::done);
    for (const char* file : {"metrics.csv", "last.safetensors"})
        CHECK_MESSAGE(content(scratch.path / "straight" / file) == content(scratch.path / "resumed" / file), file);

    // Recomputed unrolls move them once, too.
    s.model.recompute = true;
    MriTask again(s, examples, examples);
    s.model.recompute = false;
    MriTask plain(s, examples, examples);
    Parameters g = plain.weights().like();
    plain.loss(0, &g);
    again.loss(0, &g);
    CHECK(statistics(plain) == statistics(again));

    // And they come back with the model file.
    const MriModel model = load_mri_model(scratch.path / "straight" / "last.safetensors", Device::cpu);
    CHECK(model.statistics()[0].second.block().values<float>() == statistics(straight));
    const MriExample e = examples.fixed(0);
    CHECK(magnitude_of(reconstructed(model, model.parameters().tensors(), e, Device::cpu)).values<float>() ==
          magnitude_of(reconstructed(model, straight.weights().tensors(), e, Device::cpu)).values<float>());
    s.model.shared_weights = false;
    CHECK_THROWS_WITH(MriModel(s, 1, Device::cpu), doctest::Contains("running statistics"));
}
