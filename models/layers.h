// What convolutional networks share: their parameters declared and drawn, found by name, and the layers they are for.
#pragma once
#include <string>
#include <vector>

#include "engine/parameters.h"
#include "kernels/convolution/convolution.h"

namespace adjoint {

// A network's tensors (its parameters, or variables of a tape in their place) under the names of its parameters.
// Errors: another number of tensors; a name that there is not.
class Weights {
public:
    Weights(const Parameters& names, const std::vector<Tensor>& tensors);
    const Tensor& operator[](const std::string& name) const;
    bool has(const std::string& name) const { return find(name) >= 0; }

private:
    int find(const std::string& name) const;
    const Parameters& names_;
    const std::vector<Tensor>& tensors_;
};

// LAYER.weight: out×in×k×k, and LAYER.bias: out.
void declare_convolution(Parameters&, const std::string& layer, int64_t in, int64_t out, int64_t kernel,
                         bool bias = true);

// Allocates and draws what was declared, number i of the block from place i of Philox(seed, stream 0). A weight of two
// or more axes and its bias are uniform in ±1/√fan_in, fan_in = numbers per slice of the first axis: what the published
// codes get from their framework when they say nothing (Kaiming-uniform with a = √5). With `deviation` > 0 weights are
// normal of that deviation instead (biases stay). A weight of one axis, a normalisation's, is 1 and its bias 0.
void draw_parameters(Parameters&, uint64_t seed, Type, Device, double deviation = 0);

// Zero padding that keeps the image's size, for kernels of odd size.
inline ConvolutionSettings same_size(int64_t kernel, int64_t dilation = 1) {
    return {.dilation = dilation, .padding = dilation * (kernel / 2)};
}

// y = φ(w ⋆ [x_1, x_2, …] + b), with w = LAYER.weight and b = LAYER.bias where there is one; the x side by side along the
// channels. φ(u) = u above 0, slope·u below: by default none, 0 is relu.
Tensor convolution(const Weights&, const std::string& layer, const std::vector<Tensor>& x,
                   const ConvolutionSettings& = {}, double slope = 1);
inline Tensor convolution(const Weights& w, const std::string& layer, const Tensor& x,
                          const ConvolutionSettings& settings = {}, double slope = 1) {
    return convolution(w, layer, std::vector<Tensor>{x}, settings, slope);
}

// What batch norms do in a pass of the network.
enum class Mode {
    evaluation,      // they normalise by their running statistics
    training,        // by the statistics of the images at hand, by which the running ones move
    training_again,  // the same without the move: a pass that is computed a second time, as engine/recompute.h does
};

// γ = LAYER.weight and β = LAYER.bias, both of `channels`; running statistics LAYER.running_mean and LAYER.running_var.
void declare_batch_norm(Parameters&, Parameters& statistics, const std::string& layer, int64_t channels);
void allocate_statistics(Parameters& statistics, Type, Device);  // means 0, variances 1

// y = (x − μ)/√(σ² + ε) γ + β per channel, ε = 1e-5; μ and σ² of all images and pixels (σ² divided by n), or the
// running ones. Training moves those, in place: running ← 0.9 running + 0.1 of the batch (σ² divided by n − 1).
// Errors (mismatch): training with one value per channel, whose deviation is nothing.
Tensor batch_norm(const Weights&, const Parameters& statistics, const std::string& layer, const Tensor& x, Mode);
// Twice the size by a transposed convolution of stride 2; LAYER.weight: in×out×2×2, LAYER.bias where there is one: out.
Tensor convolution_up_2(const Weights&, const std::string& layer, const Tensor& x);

// Refuses (mismatch) an x that is not N×channels×H×W with pixels; `who` is the network.
void require_image(const Tensor& x, int64_t channels, const std::string& who);
// Refuses (mismatch) an image with a side below `least`.
void require_sides(const Tensor& x, int64_t least, const std::string& who);

}  // namespace adjoint
