// Model files and checkpoints: one safetensors container. A model file holds the weights and, as metadata, all that is
// needed to use them; a checkpoint holds the optimiser's state and the place in the run besides, so it is a model file
// too. Written whole and renamed: a crash leaves the old one.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "engine/parameters.h"
#include "tools/training/optimiser.h"

namespace adjoint {

using Place = std::vector<std::pair<std::string, int64_t>>;  // see Task::place
using Description = std::map<std::string, std::string>;

// Where a run stands. `step` updates are done; random streams are counter-based and positioned by the step.
struct TrainingState {
    int64_t step = 0;
    double best = 0;         // the highest value of the first metric so far
    int64_t best_step = -1;  // the updates done when it was reached; −1: not evaluated yet
    Place place = {};        // in the data
};

// A run's blocks besides the weights, with the prefixes of their tensors' names: "optimiser.first_moment.", "average.".
using CheckpointParts = std::vector<std::pair<std::string, Parameters>>;
CheckpointParts parts_of(const Optimiser&);

// `statistics`: what else belongs to the network, such as running means (Task::statistics).
void save_model(const std::filesystem::path&, const Parameters& weights, const Description&,
                const CheckpointParts& statistics = {});
void save_checkpoint(const std::filesystem::path&, const Parameters& weights, const Description&,
                     const CheckpointParts&, const TrainingState&);

// Reads the weights of a model file or checkpoint into `weights`. Errors: invalid input (io/safetensors), a value that
// is not finite; mismatch: a weight is missing, is of another shape or too much, naming it.
void load_weights(const std::filesystem::path&, Parameters& weights, CheckpointParts statistics = {});
// The same, but the moving average of the weights where the file has one.
void load_best_weights(const std::filesystem::path&, Parameters& weights, CheckpointParts statistics = {});
// The weights, the other blocks and the place in the run. Errors: also mismatch, where the file is no checkpoint.
TrainingState load_checkpoint(const std::filesystem::path&, Parameters& weights, CheckpointParts);
// The metadata alone.
Description load_description(const std::filesystem::path&);

}  // namespace adjoint
