// The training loop on a small quadratic: it descends, remembers the best, resumes to the same bytes, saves when it is
// interrupted, and stops at the first number that is not finite without harming the checkpoint.
#include <doctest/doctest.h>

#include <cmath>
#include <csignal>
#include <functional>
#include <sstream>

#include "engine/error.h"
#include "engine/philox.h"
#include "tests/training/run_test.h"
#include "tools/training/interruption.h"

using namespace adjoint;
using namespace run_test;

namespace {

// L = Σ c_i (w_i − t_i)², with noise on the gradient that depends on the step.
class Quadratic : public Task {
public:
    Quadratic() {
        weights_.declare("w", {5});
        weights_.allocate();
    }
    Parameters& weights() override { return weights_; }
    std::vector<std::string> loss_names() const override { return {"loss"}; }
    std::vector<std::string> metric_names() const override { return {"score"}; }
    std::map<std::string, std::string> description() const override { return {{"format", "test"}}; }
    void draw(const fs::path& folder, const std::string& name) override {
        write_atomically(folder / name, std::to_string(distance()));
    }
    Readings loss(int64_t step, Parameters* gradient) override {
        if (before_step) before_step(step);
        const float* w = weights_.block().data<float>();
        float* g = gradient ? gradient->block().mutable_data<float>("test") : nullptr;
        double sum = 0;
        for (int i = 0; i < 5; ++i) {
            const double d = w[i] - target(i);
            sum += (i + 1) * d * d;
            if (g) g[i] = float(2 * (i + 1) * d + 0.1 * Philox{1, 7}.normal(uint64_t(5 * step + i)));
        }
        if (step == nan_loss_at) sum = NAN;
        if (step == infinite_gradient_at && g) g[2] = INFINITY;
        return {{"loss", sum}};
    }
    Readings evaluate() override { return {{"score", -distance()}}; }

    double distance() {
        double sum = 0;
        for (int i = 0; i < 5; ++i) sum += std::pow(weights_.block().data<float>()[i] - target(i), 2);
        return std::sqrt(sum);
    }

    int64_t nan_loss_at = -1, infinite_gradient_at = -1;
    std::function<void(int64_t)> before_step;

private:
    static double target(int i) { return 0.3 * i - 0.5; }
    Parameters weights_;
};

TrainingSettings settings(int64_t steps) {
    TrainingSettings s;
    s.steps = steps;
    s.schedule.rate = 0.05;
    s.evaluate_every = 4;
    s.checkpoint_every = 5;
    s.draw_every = 10;
    s.clock = false;
    return s;
}

const char* const run_files[] = {"metrics.csv", "last.safetensors", "best.safetensors", "pictures/step_000020"};

}  // namespace

TEST_SUITE_BEGIN("training");

TEST_CASE("training descends, keeps the best, and writes a row per step") {
    Scratch scratch;
    Quadratic task;
    const double start = task.distance();
    TrainingResult result;
    REQUIRE(train(task, scratch.path / "run", settings(100), false, &result) == ExitCode::done);
    CHECK(result.steps == 100);
    CHECK(task.distance() < 0.1 * start);
    CHECK(result.best >= -task.distance());
    CHECK(result.best_step % 4 == 0);
    std::istringstream rows(content(scratch.path / "run" / "metrics.csv"));
    std::string line;
    std::getline(rows, line);
    CHECK(line == "step,learning_rate,loss,gradient_norm,score");
    int count = 0;
    while (std::getline(rows, line)) ++count;
    CHECK(count == 101);
    Quadratic best;
    load_weights(scratch.path / "run" / "best.safetensors", best.weights());
    CHECK(-best.distance() == result.best);
}

TEST_CASE("a run that is interrupted and resumed gives the same bytes as a straight one") {
    for (OptimiserKind kind : {OptimiserKind::adam, OptimiserKind::adamw, OptimiserKind::sgd}) {
        CAPTURE(std::string(name_of(kind)));
        Scratch scratch;
        TrainingSettings s = settings(23);
        s.optimiser.kind = kind;
        s.optimiser.momentum = 0.9;
        s.optimiser.weight_decay = 0.01;
        s.schedule.shape = ScheduleShape::cosine;
        s.schedule.warm_up = 3;
        Quadratic straight, part, rest;
        REQUIRE(train(straight, scratch.path / "straight", s, false) == ExitCode::done);
        {
            Interruption interruption;
            part.before_step = [](int64_t step) {
                if (step == 12) std::raise(SIGTERM);
            };
            std::string message;
            CHECK(train(part, scratch.path / "resumed", s, false, nullptr, &message) == ExitCode::interrupted);
            CHECK(message.find("SIGTERM after step 13; the checkpoint is saved") != std::string::npos);
        }
        REQUIRE(train(rest, scratch.path / "resumed", s, true) == ExitCode::done);
        for (const char* file : run_files)
            CHECK_MESSAGE(content(scratch.path / "straight" / file) == content(scratch.path / "resumed" / file), file);
    }
}

TEST_CASE("a run that died between checkpoints resumes from the last one to the same bytes") {
    Scratch scratch;
    Quadratic straight, part, rest;
    REQUIRE(train(straight, scratch.path / "straight", settings(23), false) == ExitCode::done);
    part.before_step = [](int64_t step) {
        if (step == 18) throw std::bad_alloc();
    };
    CHECK_THROWS_AS(train(part, scratch.path / "resumed", settings(23), false), std::bad_alloc);
    REQUIRE(train(rest, scratch.path / "resumed", settings(23), true) == ExitCode::done);
    for (const char* file : run_files)
        CHECK_MESSAGE(content(scratch.path / "straight" / file) == content(scratch.path / "resumed" / file), file);
}

TEST_CASE("a longer run from a finished one equals a straight one") {
    Scratch scratch;
    Quadratic straight, part, rest;
    REQUIRE(train(straight, scratch.path / "straight", settings(40), false) == ExitCode::done);
    REQUIRE(train(part, scratch.path / "longer", settings(20), false) == ExitCode::done);
    REQUIRE(train(rest, scratch.path / "longer", settings(40), true) == ExitCode::done);
    for (const char* file : run_files)
        if (std::string(file) != "best.safetensors")
            CHECK_MESSAGE(content(scratch.path / "straight" / file) == content(scratch.path / "longer" / file), file);
}

TEST_CASE("the first number that is not finite stops the run and is named; the checkpoint stays") {
    Scratch scratch;
    Quadratic good, bad, rest;
    REQUIRE(train(good, scratch.path / "run", settings(10), false) == ExitCode::done);
    const std::string checkpoint = content(scratch.path / "run" / "last.safetensors");
    std::string message;
    bad.nan_loss_at = 12;
    CHECK(train(bad, scratch.path / "run", settings(30), true, nullptr, &message) == ExitCode::numerical);
    CHECK(message.find("step 12: the loss term 'loss' is not a number") != std::string::npos);
    CHECK(content(scratch.path / "run" / "last.safetensors") == checkpoint);
    bad.nan_loss_at = -1;
    bad.infinite_gradient_at = 13;
    CHECK(train(bad, scratch.path / "run", settings(30), true, nullptr, &message) == ExitCode::numerical);
    CHECK(message.find("step 13: the gradient's norm is") != std::string::npos);
    CHECK(content(scratch.path / "run" / "last.safetensors") == checkpoint);
    CHECK(train(rest, scratch.path / "run", settings(30), true) == ExitCode::done);
}

TEST_CASE("a checkpoint of another network or a damaged one is refused") {
    Scratch scratch;
    Quadratic task;
    REQUIRE(train(task, scratch.path / "run", settings(10), false) == ExitCode::done);
    const fs::path file = scratch.path / "run" / "last.safetensors";
    Parameters other;
    other.declare("w", {4});
    other.allocate();
    CHECK_THROWS_WITH(load_weights(file, other), doctest::Contains("tensor 'w' is 5, and the network needs 4"));
    Parameters empty;
    empty.declare("v", {5});
    empty.allocate();
    CHECK_THROWS_WITH(load_weights(file, empty), doctest::Contains("there is no tensor 'v'"));
    Optimiser adam({}, task.weights());
    CHECK_THROWS_WITH(load_checkpoint(scratch.path / "run" / "best.safetensors", task.weights(), parts_of(adam)),
                      doctest::Contains("no place in a run"));
    std::string bytes = content(file);
    bytes.back() = char(bytes.back() ^ 1);
    std::ofstream(file, std::ios::binary) << bytes;
    CHECK_THROWS_WITH(load_weights(file, task.weights()), doctest::Contains("the fingerprint differs"));
}
