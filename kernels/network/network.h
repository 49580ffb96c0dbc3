// Layers and small networks in one kernel: the table of contents.
#pragma once
#include <string>

#include "engine/tensor.h"

namespace adjoint {

// y = sin(ω (x Wᵀ + b)), SIREN's layer.  x: …×in, W: out×in, b: out, y: …×out. Differentiable to any order.
// Errors: sizes that do not fit.
Tensor sine_layer(const Tensor& x, const Tensor& W, const Tensor& b, double omega);

// A whole SIREN (models/siren.h) with few kernels: h_0 = x, h_{l+1} = sin(ω_l (h_l W_lᵀ + b_l)), y = h W_Lᵀ + b_L.
// parameters: W_0, b_0, …, W_L, b_L; at most 15 layers. ω_0 is first_omega, the others hidden_omega. On the CPU rows go
// through all layers in blocks that stay in cache, and the gradient computes them again, so nothing of size rows × width
// is ever stored. Errors: sizes that do not fit.
struct SineFrequencies {
    double first = 30, hidden = 30;
};
Tensor siren_network(const Tensor& x, const std::vector<Tensor>& parameters, const SineFrequencies& omega);

// Value and gradients of a pointwise loss of siren_network in one pass: mean (y − target)² ("l2") or mean |y − target|
// ("l1", with derivative 0 where they are equal). First in the result is the loss, then one gradient per parameter. It is
// the whole of a training step; for further derivatives use siren_network.
std::vector<Tensor> siren_step(const Tensor& target, const Tensor& x, const std::vector<Tensor>& parameters,
                               const SineFrequencies& omega, const std::string& loss);

}  // namespace adjoint
