// SIREN: a network of sines that stores an image as a function of its coordinates.
//
// Sitzmann, Martel, Bergman, Lindell, Wetzstein: "Implicit neural representations with periodic activation functions",
// NeurIPS 2020 (eq. 1–2, initialisation §3.2); the published notebook decides where text and code differ (see below).
//
//   x      rows×in      coordinates in [−1, 1], here (row, column)
//   Φ(x)   rows×out     the image's values there
//   W_l, b_l            weights out_l×in_l and biases; l = 0 … L, the last layer is linear
//   ω₀                  frequency of the first and of the hidden layers, 30 each
//
//   h_0 = sin(ω₀ (W_0 x + b_0))                     (1)
//   h_l = sin(ω₀ (W_l h_{l−1} + b_l)), l = 1 … L−1  (2)
//   Φ   = W_L h_{L−1} + b_L                         (3)
//
// Initialisation: W_0 ~ U(±1/in); every other W_l ~ U(±√(6/in_l)/ω₀), the last included; b_l ~ U(±1/√in_l). (The paper
// leaves the biases open; the published code has its framework's default, which is this.)
#pragma once
#include "engine/parameters.h"
#include "engine/tape.h"

namespace adjoint {

struct SirenSettings {
    int64_t in = 2, out = 3;
    int64_t width = 256;
    int64_t hidden_layers = 3;  // sine layers after the first
    double first_omega = 30, hidden_omega = 30;
};

struct Siren {
    SirenSettings settings;
    // Named as in the published code: net.0.linear.weight, net.0.linear.bias, …, net.4.weight, net.4.bias.
    Parameters parameters;

    // Weights drawn from Philox(seed, stream 0). Errors: a size below 1, ω₀ not positive.
    explicit Siren(const SirenSettings&, uint64_t seed = 0, Type = Type::float32, Device = Device::cpu);

    // Φ(x) with the given weights (in the order of `parameters`; variables of a tape, to differentiate).
    Tensor operator()(const std::vector<Tensor>& weights, const Tensor& x) const;
    // The same from one operation that keeps blocks of rows in cache and stores nothing of size rows × width: less memory,
    // a third more work in training, because the gradient computes the forward pass again. For rendering, the better way.
    Tensor in_blocks(const std::vector<Tensor>& weights, const Tensor& x) const;
    // One training step's value and gradients with a pointwise loss, "l2" (mean squared error) or "l1", also in blocks but
    // computed once: the loss, then dL/dθ in the order of `parameters`. No tape needed.
    std::vector<Tensor> step(const Tensor& x, const Tensor& target, const std::string& loss) const;
    Tensor operator()(const Tensor& x) const { return (*this)(parameters.tensors(), x); }
};

// The published SIREN for images: 198 915 parameters for RGB (out = 3), 198 401 for grey.

// Coordinates of a height×width image, one row per pixel in row-major order: (row, column), each from −1 to 1 inclusive.
Tensor image_coordinates(int64_t height, int64_t width, Type = Type::float32, Device = Device::cpu);
// rows×channels values in pixel order → 1×channels×height×width, and back.
Tensor pixels_to_image(const Tensor& values, int64_t height, int64_t width);
Tensor image_to_pixels(const Tensor& image);

// Derivatives of the single-channel Φ (rows×1) with respect to its coordinates x (a variable of the recording tape);
// recorded, so that losses on them can be trained: the gradient of a Laplacian loss is a third derivative.
Tensor coordinate_gradient(const Tensor& phi, const Tensor& x);   // rows×in:  ∇Φ
Tensor coordinate_laplacian(const Tensor& phi, const Tensor& x);  // rows:     ΔΦ = Σ_k ∂²Φ/∂x_k²

}  // namespace adjoint
