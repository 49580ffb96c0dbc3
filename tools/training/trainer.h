// The training loop: steps, schedule, clipping, evaluation, the best weights, checkpoints, resuming, interruption.
#pragma once
#include <cstdint>
#include <optional>

#include "tools/training/checkpoint.h"
#include "tools/training/metrics_file.h"
#include "tools/training/optimiser.h"
#include "tools/training/progress.h"
#include "tools/training/run_folder.h"
#include "tools/training/schedule.h"
#include "tools/training/task.h"
#include "tools/training/weight_average.h"

namespace adjoint {

struct TrainingSettings {
    int64_t steps = 500;
    int64_t accumulate = 1;    // passes (Task::loss) whose mean gradient makes one step
    double average_decay = 0;  // of the weights' moving average, which is then what is evaluated and kept; 0: none
    int64_t patience = 0;      // evaluations without a new best after which training stops; 0: it does not
    OptimiserSettings optimiser;
    Schedule schedule;
    double clip_norm = 1;   // the gradient's 2-norm is limited to this; 0: no limit
    double clip_value = 0;  // each of its elements is limited to ± this; 0: no limit
    // Every so many steps; 0: at the end only.
    int64_t evaluate_every = 10, checkpoint_every = 100, draw_every = 100;
    bool clock = true;  // write seconds and memory into metrics.csv (they differ from run to run)
};

struct TrainingResult {
    int64_t steps = 0;
    Readings metrics;  // of the final weights
    double best = 0;   // the first metric's highest value
    int64_t best_step = 0;
    double seconds = 0;  // in all, resumed parts included
    bool early = false;  // stopped by `patience`
};

// Step s of the run computes the loss at the weights that s updates have made, and updates them; row s of metrics.csv
// says what was found there. After the last step there is one more row, without a gradient. Step s passes over the
// positions s·accumulate … of the task's data.
class Trainer {
public:
    Trainer(Task&, const TrainingSettings&, RunFolder&, Progress&);

    // Goes on from the folder's checkpoint; returns its step. A run that ended before its first checkpoint starts anew.
    // Errors: it belongs to another model (mismatch), is damaged (invalid input), or is past the last step (usage).
    int64_t resume();

    // Errors: numerical (a loss term, the gradient or a weight is not finite: names the step and the term; the last
    // checkpoint stays), interrupted (after saving), resources (the folder takes no more).
    TrainingResult run();

private:
    Readings evaluated();
    void keep_best(double metric);
    bool out_of_patience() const;
    std::optional<AveragedWeights> averaged();  // while it lives, the task has the average where there is one
    CheckpointParts parts() const;
    void open_metrics();
    void save();
    double clip(Parameters& gradient) const;  // limits the gradient; its norm before

    Task& task_;
    TrainingSettings settings_;
    RunFolder& folder_;
    Progress& progress_;
    Optimiser optimiser_;
    Parameters gradient_, part_;  // of the step; of one of its passes
    std::optional<WeightAverage> average_;
    MetricsFile metrics_;
    TrainingState state_;
    Parameters best_weights_;
    CheckpointParts best_statistics_;
    bool best_unsaved_ = false, resumed_ = false;
};

}  // namespace adjoint
