// Batch normalisation with given statistics, and how they are gathered during training.
#include "engine/error.h"
#include "kernels/layout/layout.h"
#include "kernels/normalise/normalise.h"
#include "kernels/pointwise/pointwise.h"

namespace adjoint {

Tensor batch_norm_evaluation(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& mean,
                             const Tensor& variance, double epsilon) {
    const std::string asked = "batch_norm_evaluation of " + x.shape().text();
    if (x.rank() < 2) fail(ExitCode::usage, asked, "x has too few axes", "images are N×C×H×W");
    const Shape channels{x.size(1)};
    for (const Tensor* t : {&gamma, &beta, &mean, &variance})
        if (*t && !(t->shape() == channels))
            fail(ExitCode::usage, asked, "γ, β and the statistics must have " + channels.text() + " numbers each, one has " +
                                             t->shape().text());
    Shape repeated = channels;
    {
        std::vector<int64_t> sizes(size_t(x.rank()), 1);
        sizes[1] = x.size(1);
        repeated = Shape(sizes);
    }
    Tensor slope = reciprocal(sqrt(variance + epsilon));
    if (gamma) slope = gamma * slope;
    const Tensor y = (x - reshape(mean, repeated)) * reshape(slope, repeated);
    return beta ? y + reshape(beta, repeated) : y;
}

RunningStatistics update_running(const RunningStatistics& running, const BatchNorm& batch, double momentum) {
    const double m = double(batch.y.size()) / double(batch.mean.size());
    if (m < 2)
        fail(ExitCode::usage, "update_running from a batch of " + batch.y.shape().text(),
             "one number per channel has no variance", "train with more images or pixels");
    return {running.mean.constant() * (1 - momentum) + batch.mean.constant() * momentum,
            running.variance.constant() * (1 - momentum) + batch.variance.constant() * (momentum * m / (m - 1))};
}

}  // namespace adjoint
