// Batches of the MRI task: accumulated against whole ones, and read in the background from files while the foreground
// computes (which is what the thread sanitizer is shown here).
#include <doctest/doctest.h>

#include "io/fastmri.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "tests/training/mri_data.h"
#include "tools/training/accumulation.h"
#include "tools/training/prefetch.h"

using namespace adjoint;
using namespace run_test;
using namespace mri_data;

namespace {

// The data of file_of as fastMRI's HDF5, where the build knows it.
std::string hdf5_of(const Scratch& scratch, const std::string& name, int64_t slices, int64_t coils, int64_t h,
                    int64_t w) {
    const fs::path path = scratch.path / name;
    FastmriWriter writer(path, {slices, coils, h, w});
    const Tensor all = kspace(slices, coils, h, w);
    for (int64_t i = 0; i < slices; ++i)
        writer.write(i, all.slice_of_memory(i * coils * h * w * 2, {coils, h, w, 2}));
    writer.commit();
    return path.string();
}

MriSettings settings_of_scheme(const Scratch& scratch, const std::string& scheme) {
    MriSettings s = settings_for(file_of(scratch, scheme + ".npy", 5, scheme == "modl" ? 2 : 1, 24, 24));
    s.model.scheme = scheme;
    s.model.unrolls = 2;
    s.preparation.calibration = 10;
    s.sampling.centre_fraction = 0.45;
    s.loss = "l2";  // its gradient has no jumps, at which a last digit would decide
    return s;
}

double relative(const Tensor& a, const Tensor& b) { return norm(a - b).item() / norm(b).item(); }

}  // namespace

TEST_SUITE_BEGIN("training");

// The same examples in the same order, and a loss that is a mean over the batch: only the order of float32 sums differs.
// Each gradient is a sum of some 1000 numbers, so its rounding is about √1000 · 2⁻²⁴ = 2e-6 of it.
TEST_CASE("two accumulated batches of one slice give the gradient of one batch of two") {
    Scratch scratch;
    for (const char* scheme : {"recurrent", "modl", "denoiser"}) {
        CAPTURE(std::string(scheme));
        MriSettings s = settings_of_scheme(scratch, scheme);
        const MriExamples examples("data", s.train, s.dataset_options(), s);
        s.batch = 2;
        MriTask large(s, examples, examples);
        s.batch = 1;
        MriTask small(s, examples, examples);
        Parameters g = large.weights().like(), h = g.like(), part = g.like();
        for (int64_t step = 0; step < 4; ++step) {  // 8 of 5 slices: batch 2 reaches into the next epoch
            const double a = accumulated_loss(large, step, 1, g, part).front().second;
            const double b = accumulated_loss(small, 2 * step, 2, h, part).front().second;
            CHECK(b == doctest::Approx(a).epsilon(1e-6));
            CHECK(relative(h.block(), g.block()) < 2e-6);
            // Two other slices have another gradient.
            accumulated_loss(small, 2 * step + 1, 2, h, part);
            CHECK(relative(h.block(), g.block()) > 1e-3);
        }
    }
}

TEST_CASE("training in accumulated batches of one slice ends at the weights of batches of two") {
    Scratch scratch;
    MriSettings s = settings_of_scheme(scratch, "recurrent");
    s.optimiser = "sgd";  // Adam divides by the gradient's size, and so magnifies its rounding where it is near 0
    s.training.optimiser.momentum = 0.9;
    s.training.schedule.rate = 0.1;
    s.training.steps = 12;
    s.training.average_decay = 0.8;
    s.training.clock = false;
    const MriExamples examples("data", s.train, s.dataset_options(), s);
    std::vector<Tensor> ends;
    double moved = 0;
    for (const int64_t batch : {2, 1}) {
        s.batch = batch;
        s.training.accumulate = 2 / batch;
        MriTask task(s, examples, examples);
        const Tensor before = task.weights().block().copy();
        const fs::path folder = scratch.path / std::to_string(batch);
        REQUIRE(train(task, folder, s.resolved_training(examples.size()), false) == ExitCode::done);
        ends.push_back(task.weights().block().copy());
        moved = norm(ends.back() - before).item();
        load_best_weights(folder / "last.safetensors", task.weights(), {});
        ends.push_back(task.weights().block().copy());  // the average
    }
    CHECK(moved > 1e-2);
    CHECK(norm(ends[2] - ends[0]).item() < 1e-5 * moved);
    CHECK(norm(ends[3] - ends[1]).item() < 1e-5 * moved);
    CHECK(norm(ends[1] - ends[0]).item() > 1e-3 * moved);
}

TEST_CASE("slices and coil maps made in the background, from several files, are those made on demand") {
    Scratch scratch;
    std::vector<std::string> files = {file_of(scratch, "a.npy", 3, 3, 24, 24)};
    if (hdf5_in_build()) files.push_back(hdf5_of(scratch, "b.h5", 3, 3, 24, 24));
    MriSettings s = settings_for(files[0]);
    s.train = s.validation = files;
    s.model.scheme = "modl";
    s.model.unrolls = 2;
    s.preparation.calibration = 10;
    s.sampling.centre_fraction = 0.45;
    s.sampling.noise = 0.01;
    s.batch = 2;
    s.training.steps = 6, s.training.accumulate = 2;
    s.training.evaluate_every = 2, s.training.checkpoint_every = 3;
    s.training.clock = false;
    std::vector<std::string> ends;
    for (const int64_t ahead : {0, 1, 4}) {
        s.prefetch = ahead;
        const MriExamples examples("data", s.train, s.dataset_options(), s);
        MriTask task(s, examples, examples);
        const fs::path folder = scratch.path / std::to_string(ahead);
        REQUIRE(train(task, folder, s.resolved_training(examples.size()), false) == ExitCode::done);
        ends.push_back(content(folder / "last.safetensors") + content(folder / "metrics.csv"));
    }
    CHECK(ends[1] == ends[0]);
    CHECK(ends[2] == ends[0]);
}

TEST_CASE("two background threads read one set of slices, and both keep its coil maps") {
    Scratch scratch;
    MriSettings s = settings_for(file_of(scratch, "a.npy", 6, 3, 24, 24));
    s.preparation.calibration = 10;
    s.sampling.centre_fraction = 0.45;
    const MriExamples alone("data", s.train, s.dataset_options(), s), shared("data", s.train, s.dataset_options(), s);
    // They run ahead of what is asked for, and so over the end.
    Prefetch<MriExample> there([&](int64_t i) { return shared.fixed(i % 6); }, 3),
        back([&](int64_t i) { return shared.training((17 - i) % 6, 1); }, 3);
    for (int64_t i = 0; i < 6; ++i) {
        const MriExample a = there.get(i), b = back.get(i);
        CHECK(a.maps.data.values<float>() == alone.fixed(i).maps.data.values<float>());
        CHECK(a.y.data.values<float>() == alone.fixed(i).y.data.values<float>());
        CHECK(b.y.data.values<float>() == alone.training(5 - i, 1).y.data.values<float>());
    }
}

TEST_SUITE_END();
