// The U-Net of UFLoss's reconstructions: MoDL's denoiser there.
//
// Ronneberger, Fischer, Brox: "U-Net: convolutional networks for biomedical image segmentation", MICCAI 2015, as
// changed in the code of Wang, Tamir, De Goyeneche, Wollner, Brada, Yu, Lustig, "High fidelity deep learning-based
// MRI reconstruction with instance-wise discriminative feature matching loss", arXiv 2108.12460
// (github.com/mikgroup/UFLoss).
//
//   x      N×in×H×W       a complex image as channels (re, im)
//   e_l    features of level l = 0 … 4, F, 2F, 4F, 8F, 8F channels, size H/2^l × W/2^l rounded down
//   d_l    decoded features, 4F, 2F, F, F channels for l = 3 … 0
//   DC     double convolution: twice (3×3 convolution with zero padding and bias, batch norm, ReLU)
//   pool   the largest of each 2×2 square;  up: twice the size, linear, corners on corners
//   pad    zeros around up to the size of the skipped features: ⌊missing/2⌋ before, the rest after
//   [a, b] channels of a, then of b
//
//   e_0 = DC(x),  e_l = DC(pool(e_{l−1}))                            (1)
//   d_4 = e_4,    d_l = DC([e_l, pad(up(d_{l+1}))]), l = 3 … 0       (2)
//   net(x) = W ⋆ d_0 + b                               (1×1)         (3)
// Nothing is added around it: the network gives the image itself.
#pragma once
#include "models/layers.h"

namespace adjoint {

struct UnetUflossSettings {
    int64_t in = 2, out = 2;
    int64_t features = 64;  // F
};

struct UnetUfloss {
    UnetUflossSettings settings;
    // Named as in the published code: inc.conv.conv.0.weight, …, down1.mpconv.1.conv.0.weight, …,
    // up1.conv.conv.0.weight, …, outc.conv.bias. 13 394 818 numbers with the default settings.
    Parameters parameters;
    Parameters statistics;  // of the batch norms: inc.conv.conv.1.running_mean, …

    // Weights and biases U(±1/√fan_in) from Philox(seed, stream 0). Errors: a size below 1.
    explicit UnetUfloss(const UnetUflossSettings& = {}, uint64_t seed = 0, Type = Type::float32, Device = Device::cpu);

    // net(x) with the given weights (in the order of `parameters`; variables of a tape, to differentiate);
    // Mode::training moves `statistics`. Errors: mismatch, where x is not N×in×H×W with both sides at least 16.
    Tensor operator()(const std::vector<Tensor>& weights, const Tensor& x, Mode = Mode::evaluation) const;
};

}  // namespace adjoint
