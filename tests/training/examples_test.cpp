// Runs over many examples: batches, accumulation, the average of the weights, early stopping, background loading; and
// that all of it resumes to the same bytes.
#include <doctest/doctest.h>

#include <cmath>
#include <csignal>
#include <functional>

#include "engine/philox.h"
#include "engine/tape.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "models/siren.h"
#include "tests/training/run_test.h"
#include "tools/training/accumulation.h"
#include "tools/training/interruption.h"
#include "tools/training/prefetch.h"
#include "tools/training/shuffle.h"

using namespace adjoint;
using namespace run_test;

namespace {

struct Example {
    Tensor x, y;
};

// A small network that learns sin(3x) from 12 noisy examples of 8 points each; `ahead` batches wait.
class Curve : public Task {
public:
    explicit Curve(int64_t batch, int ahead = 0, int64_t examples = 12)
        : network_({.in = 1, .out = 1, .width = 8, .hidden_layers = 1, .first_omega = 5}, 1),
          order_(examples, batch, 3),
          batches_([this](int64_t position) { return load(position); }, ahead) {}

    Parameters& weights() override { return network_.parameters; }
    std::vector<std::string> loss_names() const override { return {"loss"}; }
    std::vector<std::string> metric_names() const override { return {"score"}; }
    std::map<std::string, std::string> description() const override { return {{"format", "test"}}; }
    void draw(const fs::path& folder, const std::string& name) override {
        write_atomically(folder / name, std::to_string(score()));
    }
    Place place(int64_t position) const override { return order_.place(position); }
    Readings loss(int64_t position, Parameters* gradient_out) override {
        if (before_pass) before_pass(position);
        const Example batch = batches_.get(position);
        if (!gradient_out) return {{"loss", mean(square(network_(batch.x) - batch.y)).item()}};
        Tape tape;
        const std::vector<Tensor> w = tape.variables(network_.parameters.tensors());
        const Tensor value = mean(square(network_(w, batch.x) - batch.y));
        gradient_out->gather(gradient(value, w));
        return {{"loss", value.item()}};
    }
    Readings evaluate() override { return {{"score", score()}}; }

    double score() {
        const Tensor x = Tensor::from(std::vector<float>{-0.9f, -0.6f, -0.3f, 0, 0.3f, 0.6f, 0.9f}, {7, 1});
        return -mean(square(network_(x) - sin(3.0 * x))).item();
    }

    std::function<void(int64_t)> before_pass;

private:
    Example load(int64_t position) const {
        std::vector<float> x, y;
        for (const auto& item : order_.pass(position))
            for (int i = 0; i < 8; ++i) {
                const Philox random{uint64_t(item.example), uint64_t(item.epoch)};
                x.push_back(float(random.uniform(uint64_t(2 * i), -1, 1)));
                y.push_back(float(std::sin(3 * x.back()) + 0.05 * random.normal(uint64_t(2 * i + 1))));
            }
        const int64_t rows = int64_t(x.size());
        return {Tensor::from(x, {rows, 1}), Tensor::from(y, {rows, 1})};
    }

    Siren network_;
    Order order_;
    Prefetch<Example> batches_;
};

// Every pass has the gradient 2^−position: all sums are exact.
class Exact : public Task {
public:
    Exact() {
        weights_.declare("w", {1});
        weights_.allocate();
    }
    Parameters& weights() override { return weights_; }
    std::vector<std::string> loss_names() const override { return {"loss"}; }
    std::vector<std::string> metric_names() const override { return {"score"}; }
    std::map<std::string, std::string> description() const override { return {}; }
    void draw(const fs::path&, const std::string&) override {}
    Readings evaluate() override { return {{"score", scores.empty() ? 0.0 : scores[size_t(evaluations++)]}}; }
    Readings loss(int64_t position, Parameters* gradient) override {
        positions.push_back(position);
        const double value = std::ldexp(1.0, -int(position));
        if (gradient) gradient->block().copy_from(Tensor::full({1}, value));
        return {{"loss", value}};
    }

    std::vector<int64_t> positions;
    std::vector<double> scores;
    int evaluations = 0;

private:
    Parameters weights_;
};

TrainingSettings settings(int64_t steps) {
    TrainingSettings s;
    s.steps = steps;
    s.schedule.rate = 0.01;
    s.evaluate_every = 4;
    s.checkpoint_every = 5;
    s.draw_every = 10;
    s.clock = false;
    s.accumulate = 3;
    s.average_decay = 0.9;
    return s;
}

const char* const run_files[] = {"metrics.csv", "last.safetensors", "best.safetensors", "pictures/step_000020"};

void check_same_run(const fs::path& a, const fs::path& b) {
    for (const char* file : run_files) {
        CHECK(fs::file_size(a / file) > 0);
        CHECK_MESSAGE(content(a / file) == content(b / file), file);
    }
}

}  // namespace

TEST_SUITE_BEGIN("training");

TEST_CASE("accumulation takes the mean of the passes in their order") {
    Exact task;
    Parameters gradient = task.weights().like(), part = task.weights().like();
    const Readings mean = accumulated_loss(task, 4, 4, gradient, part);
    const double expected = (1.0 / 16 + 1.0 / 32 + 1.0 / 64 + 1.0 / 128) / 4;
    CHECK(mean.front().second == expected);
    CHECK(gradient.block().item() == expected);
    CHECK(task.positions == std::vector<int64_t>{4, 5, 6, 7});
}

TEST_CASE("accumulated small batches give the gradient of a large one") {
    Curve large(8), small(2);
    Parameters g = large.weights().like(), h = g.like(), part = g.like();
    for (int64_t step = 0; step < 5; ++step) {
        const double a = accumulated_loss(large, step, 1, g, part).front().second;
        const double b = accumulated_loss(small, 4 * step, 4, h, part).front().second;
        CHECK(b == doctest::Approx(a).epsilon(1e-6));
        const Tensor difference = g.block() - h.block();
        CHECK(norm(difference).item() < 1e-6 * norm(g.block()).item());
    }
}

TEST_CASE("the average of the weights is what is evaluated and kept, and the weights go on unchanged") {
    Scratch scratch;
    TrainingSettings s = settings(40);
    Curve averaged(2), plain(2);
    REQUIRE(train(averaged, scratch.path / "averaged", s, false) == ExitCode::done);
    s.average_decay = 0;
    REQUIRE(train(plain, scratch.path / "plain", s, false) == ExitCode::done);
    CHECK(averaged.weights().block().values<float>() == plain.weights().block().values<float>());

    // The average by its definition, in double.
    Curve again(2);
    std::vector<double> expected;
    for (float w : again.weights().block().values<float>()) expected.push_back(w);
    Parameters g = again.weights().like(), part = g.like();
    Optimiser adam({}, again.weights());
    for (int64_t step = 0; step < 40; ++step) {
        accumulated_loss(again, 3 * step, 3, g, part);
        const double n = norm(g.block()).item();
        if (n > 1) g.block().copy_from((1 / n) * g.block());
        adam.step(again.weights(), g, 0.01, step);
        const double d = std::min(0.9, (1.0 + double(step)) / (10.0 + double(step)));
        const std::vector<float> w = again.weights().block().values<float>();
        for (size_t i = 0; i < w.size(); ++i) expected[i] = d * expected[i] + (1 - d) * w[i];
    }
    Curve read(2);
    load_best_weights(scratch.path / "averaged" / "last.safetensors", read.weights());
    const std::vector<float> found = read.weights().block().values<float>();
    for (size_t i = 0; i < found.size(); ++i) CHECK(std::abs(found[i] - expected[i]) < 1e-5);
    // metrics.csv has the averaged weights' score in its last row.
    const auto table = read_metrics(scratch.path / "averaged" / "metrics.csv");
    CHECK(table.at("score").back() == read.score());
    load_weights(scratch.path / "averaged" / "last.safetensors", read.weights());
    CHECK(table.at("score").back() != read.score());
}

TEST_CASE("background loading, batches and threads do not change a run") {
    Scratch scratch;
    const int before = threads();
    Curve straight(2, 0), ahead(2, 3), single(2, 2);
    REQUIRE(train(straight, scratch.path / "straight", settings(25), false) == ExitCode::done);
    REQUIRE(train(ahead, scratch.path / "ahead", settings(25), false) == ExitCode::done);
    set_threads(1);
    REQUIRE(train(single, scratch.path / "single", settings(25), false) == ExitCode::done);
    set_threads(before);
    check_same_run(scratch.path / "straight", scratch.path / "ahead");
    check_same_run(scratch.path / "straight", scratch.path / "single");
}

TEST_CASE("stop and resume equals straight, with accumulation, averaging and background loading") {
    for (int64_t stop : {1, 4, 12, 19}) {
        CAPTURE(stop);
        Scratch scratch;
        Curve straight(5, 2), part(5, 2), rest(5, 2);
        REQUIRE(train(straight, scratch.path / "straight", settings(23), false) == ExitCode::done);
        {
            Interruption interruption;
            part.before_pass = [&](int64_t position) {
                if (position == 3 * stop + 1) std::raise(SIGINT);
            };
            CHECK(train(part, scratch.path / "resumed", settings(23), false) == ExitCode::interrupted);
        }
        REQUIRE(train(rest, scratch.path / "resumed", settings(23), true) == ExitCode::done);
        check_same_run(scratch.path / "straight", scratch.path / "resumed");
    }
}

TEST_CASE("a run does not go on with other data") {
    Scratch scratch;
    Curve before(2), other(2, 0, 11);
    REQUIRE(train(before, scratch.path / "run", settings(10), false) == ExitCode::done);
    std::string message;
    CHECK(train(other, scratch.path / "run", settings(20), true, nullptr, &message) == ExitCode::mismatch);
    CHECK(message.find("the checkpoint has examples 12, batch 2, epoch 5, position 0, and now there is examples 11") !=
          std::string::npos);
}

TEST_CASE("training stops when no evaluation has been better for long enough, also after a resumption") {
    TrainingSettings s = settings(100);
    s.accumulate = 1, s.average_decay = 0, s.patience = 3;
    const std::vector<double> scores = {1, 2, 5, 4, 3, 5, 9, 9};  // the best one is at step 8; three later it is 20
    Scratch scratch;
    Exact task;
    task.scores = scores;
    TrainingResult result;
    REQUIRE(train(task, scratch.path / "run", s, false, &result) == ExitCode::done);
    CHECK(result.early);
    CHECK(result.steps == 20);
    CHECK(result.best_step == 8);
    CHECK(result.best == 5);
    const std::string metrics = content(scratch.path / "run" / "metrics.csv");
    const std::string checkpoint = content(scratch.path / "run" / "last.safetensors");

    Exact again;
    again.scores = {5};
    REQUIRE(train(again, scratch.path / "run", s, true, &result) == ExitCode::done);
    CHECK(result.steps == 20);
    CHECK(content(scratch.path / "run" / "metrics.csv") == metrics);
    CHECK(content(scratch.path / "run" / "last.safetensors") == checkpoint);

    Exact patient;
    patient.scores = {5, 9, 8, 8, 8, 8};
    s.patience = 4;
    REQUIRE(train(patient, scratch.path / "run", s, true, &result) == ExitCode::done);
    CHECK(result.best_step == 24);
    CHECK(result.steps == 40);
}
