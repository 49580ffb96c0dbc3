// Normalisation to zero mean and unit variance: the table of contents.
//   y = γ (x − μ)/√(σ² + ε) + β,   μ, σ² (divisor m, in two passes) over groups of m numbers of x
// γ and β may be empty tensors: 1 and 0. Twice differentiable. Errors: axes, γ or β that do not fit; groups of nothing.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

// Over the batch and the pixels, channel by channel (Ioffe and Szegedy 2015); x: N×C×…, γ, β: C. Training: statistics
// of this batch; they come out as well, C each.
struct BatchNorm {
    Tensor y, mean, variance;
};
BatchNorm batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon = 1e-5);

// Evaluation: y = γ (x − mean)/√(variance + ε) + β with given statistics, C each.
Tensor batch_norm_evaluation(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& mean,
                             const Tensor& variance, double epsilon = 1e-5);

// running ← (1 − momentum) running + momentum · batch, the batch's variance with divisor m − 1; m: numbers per channel
// (x.size()/C). PyTorch's convention. New tensors, constants for the gradient. Errors: m < 2.
struct RunningStatistics {
    Tensor mean, variance;
};
RunningStatistics update_running(const RunningStatistics&, const BatchNorm&, double momentum = 0.1);

// Over the pixels of each image and channel (Ulyanov et al. 2016); x: N×C×…, γ, β: C.
Tensor instance_norm(const Tensor& x, const Tensor& gamma = {}, const Tensor& beta = {}, double epsilon = 1e-5);

// Over the last axis (Ba et al. 2016); γ, β: as long as it.
Tensor layer_norm(const Tensor& x, const Tensor& gamma = {}, const Tensor& beta = {}, double epsilon = 1e-5);

}  // namespace adjoint
