// Optimisers over one block of weights, with the state that a checkpoint keeps.
#pragma once
#include <string>
#include <vector>

#include "engine/parameters.h"

namespace adjoint {

enum class OptimiserKind { adam, adamw, sgd };
OptimiserKind optimiser_named(const std::string& name);  // errors: unknown name (usage)
const char* name_of(OptimiserKind);

// Kingma, Ba: "Adam: a method for stochastic optimization", ICLR 2015 (algorithm 1). Loshchilov, Hutter: "Decoupled
// weight decay regularization", ICLR 2019 (algorithm 2, AdamW). SGD with momentum μ: v ← μ v + g, w ← w − η v.
struct OptimiserSettings {
    OptimiserKind kind = OptimiserKind::adam;
    double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    double weight_decay = 0;  // adam and sgd: added to the gradient; adamw: decoupled
    double momentum = 0;      // sgd
};

class Optimiser {
public:
    // Moments of zeros in the layout of `weights`.
    Optimiser(const OptimiserSettings&, const Parameters& weights);

    // Step number `step` (counted from 0) with learning rate `rate`.
    void step(Parameters& weights, const Parameters& gradient, double rate, int64_t step);

    // What a checkpoint keeps besides the step: the moments and their names, "first_moment", "second_moment",
    // "momentum".
    const std::vector<std::pair<std::string, Parameters>>& state() const { return state_; }

private:
    OptimiserSettings settings_;
    std::vector<std::pair<std::string, Parameters>> state_;
};

}  // namespace adjoint
