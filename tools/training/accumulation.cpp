#include "tools/training/accumulation.h"

#include "kernels/pointwise/pointwise.h"

namespace adjoint {

Readings accumulated_loss(Task& task, int64_t first, int64_t count, Parameters& gradient, Parameters& part) {
    Readings mean = task.loss(first, &gradient);
    if (count == 1) return mean;
    Tensor sum = gradient.block();
    for (int64_t i = 1; i < count; ++i) {
        const Readings readings = task.loss(first + i, &part);
        for (size_t k = 0; k < mean.size(); ++k) mean[k].second += readings[k].second;
        sum.copy_from(sum + part.block());
    }
    sum.copy_from(sum * (1.0 / double(count)));
    for (auto& [name, value] : mean) value /= double(count);
    return mean;
}

}  // namespace adjoint
