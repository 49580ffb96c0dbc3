// DnCNN: a plain chain of convolutions that learns the noise.
//
// Zhang, Zuo, Chen, Meng, Zhang: "Beyond a Gaussian denoiser: residual learning of deep CNN for image denoising", IEEE
// Trans. Image Processing 26 (2017), §III. Weights are named as in the authors' later collection of restoration codes
// (github.com/cszn/KAIR), whose published files have the batch norms folded into the convolutions.
//
//   x       N×C×H×W    the noisy image
//   W_l,b_l            3×3 convolutions with zero padding, l = 1 … D: C → width → … → width → C channels
//   h_l     N×width×H×W
//   x̂       N×C×H×W    the image without noise
//
//   h_1 = max(W_1 ⋆ x + b_1, 0)                       (1)
//   h_l = max(W_l ⋆ h_{l−1} + b_l, 0), l = 2 … D−1    (2)
//   x̂   = x − (W_D ⋆ h_{D−1} + b_D)                   (3)
#pragma once
#include "engine/parameters.h"

namespace adjoint {

struct DncnnSettings {
    int64_t channels = 1, width = 64;
    int64_t depth = 17;  // D
};

struct Dncnn {
    DncnnSettings settings;
    Parameters parameters;  // model.0.weight, model.0.bias, model.2.weight, …: convolutions and ReLUs are counted alike

    // Weights and biases U(±1/√fan_in) from Philox(seed, stream 0). Errors: channels or width below 1, depth below 2.
    explicit Dncnn(const DncnnSettings& = {}, uint64_t seed = 0, Type = Type::float32, Device = Device::cpu);

    // x̂ with the given weights (in the order of `parameters`; variables of a tape, to differentiate).
    // Errors: mismatch, where x is not N×C×H×W.
    Tensor operator()(const std::vector<Tensor>& weights, const Tensor& x) const;
    Tensor operator()(const Tensor& x) const { return (*this)(parameters.tensors(), x); }
};

}  // namespace adjoint
