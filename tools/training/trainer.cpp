#include "tools/training/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "engine/error.h"
#include "engine/memory.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "kernels/update/update.h"
#include "tools/training/accumulation.h"
#include "tools/training/interruption.h"

namespace adjoint {

namespace {

using Clock = std::chrono::steady_clock;

bool due(int64_t step, int64_t every) { return every > 0 && step % every == 0; }

std::string picture_name(int64_t step) {
    char text[32];
    std::snprintf(text, sizeof text, "step_%06lld", (long long)step);
    return text;
}

bool all_finite(const Tensor& block) {
    const Tensor host = block.to(Device::cpu).to(Type::float64);
    const double* p = host.data<double>();
    return std::all_of(p, p + host.size(), [](double x) { return std::isfinite(x); });
}

[[noreturn]] void diverged(int64_t step, const std::string& what, double value) {
    fail(
        ExitCode::numerical, "training, step " + std::to_string(step),
        what + " is " + (std::isnan(value) ? "not a number" : "infinite"),
        "the last checkpoint is unharmed; lower the learning rate, limit the gradient (clip_norm), or check the input");
}

// The data must be in the order in which the checkpoint left them.
void check_place(const RunFolder& folder, const Place& then, const Place& now) {
    if (then == now) return;
    auto text = [](const Place& place) {
        std::string all;
        for (const auto& [name, value] : place)
            all += (all.empty() ? "" : ", ") + name + " " + std::to_string(value);
        return all.empty() ? std::string("nothing") : all;
    };
    fail(ExitCode::mismatch, "resuming " + folder.path().string(),
         "the data have changed: the checkpoint has " + text(then) + ", and now there is " + text(now),
         "bring the files back that the run was started with, or start a new run");
}

}  // namespace

Trainer::Trainer(Task& task, const TrainingSettings& settings, RunFolder& folder, Progress& progress)
    : task_(task),
      settings_(settings),
      folder_(folder),
      progress_(progress),
      optimiser_(settings.optimiser, task.weights()),
      gradient_(task.weights().like()),
      best_weights_(task.weights().like()) {
    if (settings.accumulate > 1) part_ = task.weights().like();
    if (settings.average_decay > 0) average_.emplace(settings.average_decay, task.weights());
    for (const auto& [prefix, block] : task.statistics()) best_statistics_.push_back({prefix, block.like()});
}

CheckpointParts Trainer::parts() const {
    CheckpointParts parts = parts_of(optimiser_);
    if (average_) parts.push_back({"average.", average_->weights()});
    for (auto& part : task_.statistics()) parts.push_back(part);
    return parts;
}

int64_t Trainer::resume() {
    if (!std::filesystem::exists(folder_.last_weights())) return 0;
    state_ = load_checkpoint(folder_.last_weights(), task_.weights(), parts());
    task_.weights_changed();
    if (state_.step > settings_.steps)
        fail(ExitCode::usage, "resuming " + folder_.path().string() + " up to step " + std::to_string(settings_.steps),
             std::to_string(state_.step) + " steps are done already", "ask for more steps");
    check_place(folder_, state_.place, task_.place(state_.step * settings_.accumulate));
    if (state_.best_step >= 0) load_weights(folder_.best_weights(), best_weights_, best_statistics_);
    resumed_ = true;
    return state_.step;
}

std::optional<AveragedWeights> Trainer::averaged() {
    if (!average_) return std::nullopt;
    return std::optional<AveragedWeights>(std::in_place, task_, *average_);
}

bool Trainer::out_of_patience() const {
    if (settings_.patience == 0 || settings_.evaluate_every == 0 || state_.best_step < 0) return false;
    return (state_.step - state_.best_step) / settings_.evaluate_every >= settings_.patience;
}

Readings Trainer::evaluated() {
    Readings metrics = task_.evaluate();
    for (const auto& [name, value] : metrics)
        if (std::isnan(value)) diverged(state_.step, "the metric " + name, value);
    return metrics;
}

double Trainer::clip(Parameters& gradient) const {
    if (settings_.clip_value > 0) clip_by_value(gradient.block(), settings_.clip_value);
    // Without a limit the norm is still wanted: it is the guard against a gradient that is not finite.
    if (settings_.clip_norm > 0) return clip_by_norm(gradient.block(), settings_.clip_norm).item();
    return sqrt(sum(gradient.block() * gradient.block())).item();
}

// Keeps the weights if the first metric has never been higher; the file follows with the next checkpoint.
void Trainer::keep_best(double metric) {
    if (state_.best_step >= 0 && metric <= state_.best) return;
    state_.best = metric;
    state_.best_step = state_.step;
    best_weights_.block().copy_from(task_.weights().block());
    const CheckpointParts now = task_.statistics();
    for (size_t i = 0; i < now.size(); ++i) best_statistics_[i].second.block().copy_from(now[i].second.block());
    best_unsaved_ = true;
}

void Trainer::save() {
    if (!all_finite(task_.weights().block())) diverged(state_.step, "a weight", NAN);
    metrics_.sync();
    // The best weights first: a crash in between leaves a checkpoint from which the same best ones are found again.
    if (best_unsaved_) save_model(folder_.best_weights(), best_weights_, task_.description(), best_statistics_);
    best_unsaved_ = false;
    state_.place = task_.place(state_.step * settings_.accumulate);
    save_checkpoint(folder_.last_weights(), task_.weights(), task_.description(), parts(), state_);
}

void Trainer::open_metrics() {
    std::vector<std::string> columns = {"step", "learning_rate"};
    auto add = [&](const std::vector<std::string>& names) {
        columns.insert(columns.end(), names.begin(), names.end());
    };
    add(task_.loss_names());
    add({"gradient_norm"});
    add(task_.metric_names());
    if (settings_.clock) add({"seconds", "memory_mb"});
    metrics_.open(folder_.metrics(), columns, resumed_ ? state_.step : -1);
}

TrainingResult Trainer::run() {
    const auto start = Clock::now();
    open_metrics();
    const double earlier_seconds = metrics_.last("seconds");
    auto seconds = [&] { return earlier_seconds + std::chrono::duration<double>(Clock::now() - start).count(); };
    auto write_row = [&](Readings row) {
        if (settings_.clock) {
            row.push_back({"seconds", seconds()});
            row.push_back({"memory_mb", double(memory_use(task_.weights().block().device()).peak) / 1e6});
        }
        metrics_.write(state_.step, row);
    };

    Readings metrics;
    bool early = false;
    progress_.start(state_.step, settings_.steps);
    while (state_.step < settings_.steps) {
        Readings row;
        const bool evaluate_now = due(state_.step, settings_.evaluate_every);
        const bool draw_now = due(state_.step, settings_.draw_every);
        if (evaluate_now || draw_now) {
            const auto exchanged = averaged();
            if (evaluate_now) {
                row = metrics = evaluated();
                keep_best(metrics.front().second);
            }
            if (draw_now) task_.draw(folder_.pictures(), picture_name(state_.step));
        }
        if (out_of_patience()) {
            early = true;
            break;
        }

        const int64_t first = state_.step * settings_.accumulate;
        const Readings loss = accumulated_loss(task_, first, settings_.accumulate, gradient_, part_);
        for (const auto& [name, value] : loss)
            if (!std::isfinite(value)) diverged(state_.step, "the loss term '" + name + "'", value);
        const double norm = clip(gradient_);
        if (!std::isfinite(norm)) diverged(state_.step, "the gradient's norm", norm);
        const double rate = settings_.schedule.at(state_.step, settings_.steps);
        optimiser_.step(task_.weights(), gradient_, rate, state_.step);
        if (average_) average_->update(task_.weights(), state_.step);

        row.insert(row.end(), loss.begin(), loss.end());
        row.push_back({"learning_rate", rate});
        row.push_back({"gradient_norm", norm});
        write_row(row);
        ++state_.step;

        Readings shown = {loss.front()};
        if (evaluate_now) shown.insert(shown.end(), metrics.begin(), metrics.end());
        progress_.step(state_.step, shown, evaluate_now);
        if (Interruption::asked()) {
            save();
            fail(ExitCode::interrupted, "training",
                 std::string(Interruption::name()) + " after step " + std::to_string(state_.step) +
                     "; the checkpoint is saved",
                 "go on with --resume " + folder_.path().string());
        }
        if (due(state_.step, settings_.checkpoint_every) && state_.step < settings_.steps) save();
    }

    {
        const auto exchanged = averaged();
        if (!early) {
            metrics = evaluated();
            keep_best(metrics.front().second);
        }
        Readings row = task_.loss(state_.step * settings_.accumulate, nullptr);
        row.insert(row.end(), metrics.begin(), metrics.end());
        write_row(row);
        task_.draw(folder_.pictures(), picture_name(state_.step));
    }
    save();
    progress_.finish();
    return {state_.step, metrics, state_.best, state_.best_step, seconds(), early};
}

}  // namespace adjoint
