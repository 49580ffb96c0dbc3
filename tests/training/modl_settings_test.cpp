// The settings of MoDL that say where it starts from: kept in model files, resumed, and absent from older files.
#include <doctest/doctest.h>

#include "tests/training/mri_data.h"
#include "tests/training/run_test.h"
#include "tools/training/mri_task.h"

using namespace adjoint;
using namespace run_test;
using namespace mri_data;

TEST_SUITE_BEGIN("training");

TEST_CASE("MoDL from SENSE: stopped and resumed to the same bytes, and given back by its model file") {
    Scratch scratch;
    MriSettings s = settings_for(file_of(scratch, "k.npy", 3, 2, 24, 24));
    s.model.scheme = "modl";
    s.model.unrolls = 2;
    s.model.network_settings = "width=4,layers=2,last_gamma=0,initialisation=fan-in";
    s.model.first_image = "sense";
    s.model.cg_start = "denoised";
    s.model.cg_gradient = "implicit";
    s.model.learn_lambda = true;
    s.preparation.calibration = 10;
    s.sampling.centre_fraction = 0.45;
    s.training.steps = 5;
    s.training.clock = false;
    const MriExamples examples("data", s.train, s.dataset_options(), s);
    const TrainingSettings all = s.resolved_training(examples.size());
    TrainingSettings part = all;
    part.steps = 2;
    MriTask straight(s, examples, examples), first(s, examples, examples), rest(s, examples, examples);
    REQUIRE(train(straight, scratch.path / "straight", all, false) == ExitCode::done);
    REQUIRE(train(first, scratch.path / "resumed", part, false) == ExitCode::done);
    REQUIRE(train(rest, scratch.path / "resumed", all, true) == ExitCode::done);
    for (const char* file : {"metrics.csv", "last.safetensors"})
        CHECK_MESSAGE(content(scratch.path / "straight" / file) == content(scratch.path / "resumed" / file), file);

    const MriModel model = load_mri_model(scratch.path / "straight" / "last.safetensors", Device::cpu);
    CHECK(model.settings().model.first_image == "sense");
    CHECK(model.settings().model.cg_start == "denoised");
    auto image = [&](const MriModel& m) {
        return reconstructed(m, straight.weights().tensors(), examples.fixed(1), Device::cpu).data.values<float>();
    };
    CHECK(image(model) == image(MriModel(s, 2, Device::cpu)));
    // Each setting reaches the model: the few steps of a solve tell its starts apart.
    MriModelSettings other = s;
    other.model.first_image = "adjoint";
    CHECK(image(MriModel(other, 2, Device::cpu)) != image(model));
    for (const char* start : {"right-side", "zero"}) {
        other = s;
        other.model.cg_start = start;
        CHECK_MESSAGE(image(MriModel(other, 2, Device::cpu)) != image(model), start);
    }
}

TEST_CASE("model files from before these settings start as they did") {
    MriModelSettings s;
    SettingsTable table("train");
    s.add_to(table);
    table.read_text("[model]\nscheme = \"modl\"\nnetwork = \"residual\"\nnetwork_settings = \"width=8,last_gamma=0\"\n",
                    "an earlier model file");
    CHECK(s.model.first_image == "adjoint");
    CHECK(s.model.cg_start == "right-side");
}

TEST_CASE("the residual network's initialisation by name") {
    auto first = [](const std::string& settings) {
        return image_network("residual", settings, 1, Device::cpu).denoiser.parameters.tensor(0).values<float>();
    };
    CHECK(first("width=4") == first("width=4,initialisation=glorot"));
    CHECK(first("width=4") != first("width=4,initialisation=fan-in"));
    CHECK_THROWS_WITH(first("initialisation=he"), doctest::Contains("initialisation (glorot or fan-in)"));
}

TEST_SUITE_END();
