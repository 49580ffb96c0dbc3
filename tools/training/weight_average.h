// The exponential moving average of the weights: smoother than the weights of any one step, and often better.
// Polyak, Juditsky: "Acceleration of stochastic approximation by averaging", SIAM J. Control Optim. 30 (1992), with the
// exponential weights that are usual today.
#pragma once
#include "tools/training/task.h"

namespace adjoint {

class WeightAverage {
public:
    // Starts as the weights. 0 < decay < 1.
    WeightAverage(double decay, const Parameters& weights);

    // After step `step` (from 0):  a ← d a + (1 − d) w  with d = min(decay, (1 + step) / (10 + step)), so that the
    // first weights are soon forgotten.
    void update(const Parameters& weights, int64_t step);
    const Parameters& weights() const { return average_; }

private:
    double decay_;
    Parameters average_;
};

// While it lives, the task's weights are the average; afterwards they are again what they were.
class AveragedWeights {
public:
    AveragedWeights(Task&, const WeightAverage&);
    ~AveragedWeights();
    AveragedWeights(const AveragedWeights&) = delete;
    AveragedWeights& operator=(const AveragedWeights&) = delete;

private:
    Task& task_;
    Tensor own_;
};

}  // namespace adjoint
