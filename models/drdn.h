// DRDN: the dilated residual dense network, and its recurrence with data consistency.
//
// Zhou, Zhou: "DuDoRNet: learning a dual-domain recurrent network for fast MRI reconstruction with deep T1 prior", CVPR
// 2020, §3.2; its published code (github.com/bbbbbbzhou/DuDoRNet) decides where text and code differ: the paper's
// supplement puts a squeeze-and-excitation on the global residual branch too, the code has none there, and neither has
// this. MS-Glance uses the image network alone, three times: Li et al., §4.2, with dilations 1, 2, 3, 3 as instantiated
// (the class's own default, 1, 2, 4, 4, is used by no script).
//
//   x       N×in×H×W    a complex image as channels (re, im); with a prior image, 4 channels
//   f_1     N×G0×H×W    shallow features
//   B_i     N×G0×H×W    output of block i = 1 … D
//   d_c     N×(G0+cG)×H×W  dense features inside a block, c = 0 … C
//   s       N×G0×1×1    squeeze and excitation: a factor per channel
//   δ_c                 dilation of the c-th convolution; zero padding keeps the size
//   ⟨·⟩                 mean over pixels;  σ: sigmoid;  [a, b]: channels of a, then b;  ⋆: convolution, with its bias
//
//   f_1 = SFENet1 ⋆ x,   B_0 = SFENet2 ⋆ f_1                                        (1)
//   Block i:  d_0 = B_{i−1},   d_c = [d_{c−1}, max(convs_c ⋆_δc d_{c−1}, 0)]        (2)
//             r   = LFF ⋆ d_C                              (1×1)                     (3)
//             s   = σ(fc_2 max(fc_0 ⟨r⟩, 0))               (no biases)               (4)
//             B_i = s r + B_{i−1}                                                    (5)
//   F   = GFF_1 ⋆ (GFF_0 ⋆ [B_1, …, B_D]) + f_1                                      (6)
//   net(x) = UPNet_1 ⋆ (UPNet_0 ⋆ F)                                                 (7)
//
// The recurrence, with one set of weights and a data consistency DC (a function of the image; models/forward):
//   x_r = DC(net([x_{r−1}, prior])),  r = 1 … R,  x_0 the zero-filled image          (8)
#pragma once
#include <functional>

#include "engine/parameters.h"

namespace adjoint {

struct DrdnSettings {
    int64_t in = 2, out = 2;
    int64_t features = 32, growth = 32;  // G0, G
    int64_t blocks = 3;                  // D
    std::vector<int64_t> dilations = {1, 2, 3, 3};  // one per dense convolution, C in all
    int64_t reduction = 16;              // of channels in the squeeze; features/reduction must be at least 1
};

struct Drdn {
    DrdnSettings settings;
    // Named as in the published code: SFENet1.weight, SFENet1.bias, …, SEDRDBs.0.convs.0.conv.0.weight, …,
    // UPNet.1.bias. 324 738 numbers with the default settings, 325 314 with 4 channels in.
    Parameters parameters;

    // Weights N(0, 0.02²) as published, biases U(±1/√fan_in), from Philox(seed, stream 0). Errors: a size below 1.
    explicit Drdn(const DrdnSettings& = {}, uint64_t seed = 0, Type = Type::float32, Device = Device::cpu);

    // net(x) with the given weights (in the order of `parameters`; variables of a tape, to differentiate).
    // Errors: mismatch, where x is not N×in×H×W.
    Tensor operator()(const std::vector<Tensor>& weights, const Tensor& x) const;
    Tensor operator()(const Tensor& x) const { return (*this)(parameters.tensors(), x); }

    // x_1 … x_R of (8): the last one is the reconstruction, the earlier ones can be supervised too. x and what
    // `consistency` takes and gives: N×out×H×W; prior: N×(in−out)×H×W, or none. Errors: `recurrences` below 1.
    std::vector<Tensor> recurrent(const std::vector<Tensor>& weights, const Tensor& x,
                                  const std::function<Tensor(const Tensor& image)>& consistency,
                                  int64_t recurrences = 3, const Tensor& prior = {}) const;
};

}  // namespace adjoint
