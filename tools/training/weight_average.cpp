#include "tools/training/weight_average.h"

#include <algorithm>

#include "engine/error.h"
#include "kernels/pointwise/pointwise.h"

namespace adjoint {

WeightAverage::WeightAverage(double decay, const Parameters& weights) : decay_(decay), average_(weights.like()) {
    if (!(decay > 0 && decay < 1))
        fail(ExitCode::usage, "an average of the weights with decay " + std::to_string(decay), "it is not in (0, 1)",
             "usual are 0.99 to 0.9999");
    average_.block().copy_from(weights.block());
}

void WeightAverage::update(const Parameters& weights, int64_t step) {
    const double d = std::min(decay_, double(1 + step) / double(10 + step));
    average_.block().copy_from(d * average_.block() + (1 - d) * weights.block());
}

AveragedWeights::AveragedWeights(Task& task, const WeightAverage& average)
    : task_(task), own_(task.weights().block().copy()) {
    task_.weights().block().copy_from(average.weights().block());
    task_.weights_changed();
}

AveragedWeights::~AveragedWeights() {
    task_.weights().block().copy_from(own_);
    task_.weights_changed();
}

}  // namespace adjoint
