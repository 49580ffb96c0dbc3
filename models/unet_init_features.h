// The U-Net with "init features", a common baseline of image restoration (LoFi's among others).
//
// Buda, Saha, Mazurowski: "Association of genomic subtypes of lower-grade gliomas with shape features automatically
// extracted by a deep learning algorithm", Computers in Biology and Medicine 109 (2019);
// github.com/mateuszbuda/brain-segmentation-pytorch, unet.py, whose argument gives it its name.
//
//   x      N×in×H×W       the image; H and W multiples of 16
//   e_l    features of level l = 1 … 5, F 2^(l−1) channels, size H/2^(l−1) × W/2^(l−1); level 5 is the bottleneck
//   d_l    decoded features, like e_l
//   DC     twice (3×3 convolution with zero padding, no bias; batch norm; ReLU)
//   pool   the largest of each 2×2 square;  up_l: transposed 2×2 convolution of stride 2, with bias
//   [a, b] channels of a, then of b
//
//   e_1 = DC(x),  e_l = DC(pool(e_{l−1}))                            (1)
//   d_5 = e_5,    d_l = DC([up_l(d_{l+1}), e_l]), l = 4 … 1          (2)
//   net(x) = W ⋆ d_1 + b                               (1×1)         (3)
// The published network is for segmentation and ends in a sigmoid; it is left out unless `sigmoid` is 1.
#pragma once
#include "models/layers.h"

namespace adjoint {

struct UnetInitFeaturesSettings {
    int64_t in = 1, out = 1;
    int64_t features = 32;  // F
    int64_t sigmoid = 0;    // 1: as published
};

struct UnetInitFeatures {
    UnetInitFeaturesSettings settings;
    // Named as in the published code: encoder1.enc1conv1.weight, encoder1.enc1norm1.weight, …, bottleneck.…,
    // upconv4.weight, upconv4.bias, decoder4.dec4conv1.weight, …, conv.bias. 7 762 465 numbers with F = 32, 2 738 186
    // with F = 19.
    Parameters parameters;
    Parameters statistics;  // of the batch norms: encoder1.enc1norm1.running_mean, …

    // Weights and biases U(±1/√fan_in) from Philox(seed, stream 0). Errors: a size below 1.
    explicit UnetInitFeatures(const UnetInitFeaturesSettings& = {}, uint64_t seed = 0, Type = Type::float32,
                              Device = Device::cpu);

    // net(x) with the given weights (in the order of `parameters`; variables of a tape, to differentiate);
    // Mode::training moves `statistics`. Errors: mismatch, where x is not N×in×H×W with sides that are multiples of 16.
    Tensor operator()(const std::vector<Tensor>& weights, const Tensor& x, Mode = Mode::evaluation) const;
};

}  // namespace adjoint
