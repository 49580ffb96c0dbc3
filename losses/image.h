// What losses take as an image.
#pragma once
#include <string>

#include "engine/error.h"
#include "engine/tensor.h"

namespace adjoint {

// Images N×C×H×W, or complex ones: N×C×H×W×2, or with `pairs` N×2C×H×W where channels 2c and 2c + 1 are re and im.
struct Magnitude {
    bool pairs = false;
    double epsilon = 1e-12;  // |x| = √(re² + im² + ε): a finite gradient at 0
};

// The real image that a loss of structure looks at: x itself, or the magnitude of a complex one, N×C×H×W.
Tensor real_image(const Tensor& x, const Magnitude& = {});

// Errors, usage: the two differ in shape, type or device, or are not images. `who` opens the message.
void check_images(const Tensor& prediction, const Tensor& target, const std::string& who);

// The numbers of a tensor of any real type (of dual numbers: their values), without derivatives.
std::vector<double> plain_values(const Tensor& x);

}  // namespace adjoint
