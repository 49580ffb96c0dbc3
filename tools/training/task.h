// What is trained, as the training loop sees it: something with weights, a loss with its gradient, and a way to say how
// good the result is.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "engine/parameters.h"
#include "tools/training/checkpoint.h"
#include "tools/training/progress.h"

namespace adjoint {

class Task {
public:
    virtual ~Task() = default;

    virtual Parameters& weights() = 0;

    // The loss at the present weights: first the sum, "loss", then its terms. Where `gradient` is given, dL/dw is
    // written into it. `position` counts the passes of the run: without accumulation it is the step. Must be a function
    // of the weights, the task's settings and `position` alone: examples and random choices are drawn from
    // counter-based streams at places that follow from the position, so that a resumed run makes the same ones.
    virtual Readings loss(int64_t position, Parameters* gradient) = 0;
    virtual std::vector<std::string> loss_names() const = 0;

    // What passes change besides the weights, and what belongs to the network all the same: running statistics of
    // normalisations, with the prefixes of their names. The blocks share memory with the task's.
    virtual CheckpointParts statistics() const { return {}; }

    // Called when someone else than `loss`'s caller has put other values into the weights.
    virtual void weights_changed() {}

    // What the order of the examples depends on, and where in it `position` is: {"examples", 120}, {"epoch", 3} … It is
    // kept in the checkpoint, and a run whose data say something else is not resumed.
    virtual Place place(int64_t) const { return {}; }

    // How good the present weights are: the metrics, first the one whose highest value marks the best weights.
    virtual Readings evaluate() = 0;
    virtual std::vector<std::string> metric_names() const = 0;

    // Pictures of the state into the folder; `name` is the file name without its ending.
    virtual void draw(const std::filesystem::path& folder, const std::string& name) = 0;

    // All that is needed to use the weights, for the model file: key → value.
    virtual std::map<std::string, std::string> description() const = 0;
};

}  // namespace adjoint
