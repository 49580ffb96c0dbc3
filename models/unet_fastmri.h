// fastMRI's U-Net, the baseline of its challenges.
//
// Zbontar et al.: "fastMRI: an open dataset and benchmarks for accelerated MRI", arXiv 1811.08839, §6.2;
// github.com/facebookresearch/fastMRI, fastmri/models/unet.py. Dropout is left out: the published trainings have none.
//
//   x      N×in×H×W       the image
//   e_l    features of level l = 0 … P, F 2^l channels, size H/2^l × W/2^l rounded down; P the number of poolings
//   d_l    decoded features, F 2^l channels
//   CB     twice (3×3 convolution with zero padding, no bias; instance norm; LeakyReLU 0.2)
//   TB     transposed 2×2 convolution of stride 2, no bias; instance norm; LeakyReLU 0.2
//   pool   the mean of each 2×2 square
//   pad    one reflected row below and column to the right where the skipped features have one more
//   [a, b] channels of a, then of b
//
//   e_0 = CB(x),  e_l = CB(pool(e_{l−1}))                            (1)
//   d_P = e_P,    d_l = CB([pad(TB(d_{l+1})), e_l]), l = P−1 … 0     (2)
//   net(x) = W ⋆ d_0 + b                               (1×1)         (3)
#pragma once
#include "models/layers.h"

namespace adjoint {

struct UnetFastmriSettings {
    int64_t in = 1, out = 1;
    int64_t features = 32;  // F
    int64_t poolings = 4;   // P
};

struct UnetFastmri {
    UnetFastmriSettings settings;
    // Named as in the published code: down_sample_layers.0.layers.0.weight, …, conv.layers.0.weight, …,
    // up_conv.0.layers.0.weight, …, up_conv.3.1.bias, up_transpose_conv.0.layers.0.weight, …. 7 756 097 numbers
    // with the default settings.
    Parameters parameters;

    // Weights and biases U(±1/√fan_in) from Philox(seed, stream 0). Errors: a size below 1.
    explicit UnetFastmri(const UnetFastmriSettings& = {}, uint64_t seed = 0, Type = Type::float32,
                         Device = Device::cpu);

    // net(x) with the given weights (in the order of `parameters`; variables of a tape, to differentiate). Errors:
    // mismatch, where x is not N×in×H×W, or a side is below 2^P or the deepest features are a single pixel.
    Tensor operator()(const std::vector<Tensor>& weights, const Tensor& x) const;
};

}  // namespace adjoint
