// The denoiser of the original MoDL: a chain of convolutions that learns the noise.
//
// Aggarwal, Mani, Jacob: "MoDL", IEEE TMI 38, 2019, fig. 1; github.com/hkaggarwal/modl: 5 layers of 3×3 convolutions,
// 64 filters, no biases, batch normalisation after each, ReLU between, and the input added to the end. BART's
// reconet has the same block with 32 filters by default.
//
//   x     N×2×H×W   complex image as channels re, im
//   h_l   N×C×H×W   features, C the width
//   ⋆ convolution, 3×3, zero padding;  BN: (h − mean)/√(variance + ε) γ + β over images and pixels, channel by channel
//
//   h_0 = x,  h_l = max(BN(W_l ⋆ h_{l−1}), 0),  l = 1 … L−1        (1)
//   D(x) = x + BN(W_L ⋆ h_{L−1})                                    (2)
//
// Without batch normalisation every convolution has a bias instead. With it, mean and variance are those of the images
// at hand, in training and after it; the published code turns to running averages after training.
#pragma once
#include "models/modl.h"

namespace adjoint {

struct ResidualDenoiserSettings {
    int64_t channels = 2, width = 64;
    int64_t layers = 5;          // L
    bool batch_norm = true;
    double epsilon = 1e-3;       // ε; the published code's framework has this
    double last_gamma = 1;       // γ of the last norm at first; 0 starts with D(x) = x, as reconet's block does
    // The first weights, uniform: glorot in ±√(6/(fan_in + fan_out)), as the published code's; fan_in in ±1/√fan_in, 0.58
    // times as wide in the inner layers. A norm takes their scale out again, but Adam's steps of one length turn shorter
    // weights faster, and a short training ends lower (tools/compare/README.md).
    enum class Initialisation { glorot, fan_in } initialisation = Initialisation::glorot;
};

// Parameters layers.l.weight (l from 0), then layers.l.norm.weight (γ) and layers.l.norm.bias (β), or layers.l.bias.
// Weights uniform as `initialisation` says from Philox(seed, stream 0), γ 1 (the last: last_gamma), β and biases 0.
// Errors: a size below 1; fewer than 2 layers.
Denoiser residual_denoiser(const ResidualDenoiserSettings& = {}, uint64_t seed = 0, Type = Type::float32,
                           Device = Device::cpu);

}  // namespace adjoint
