// Random pixels of two images, the same of both, arranged as an image of n rows and R·m columns.
//
// n·m pixels are drawn without replacement from those whose target (channel 0) exceeds δ, in random order; then R
// blocks of them follow each other, the first in the drawn order, the others in fresh random orders, and the list is
// cut into rows: a block does not lie side by side with the next one, rows run through the list. Where fewer than n·m
// pixels qualify they are drawn with replacement; where none does, from all pixels.
#pragma once
#include <cmath>

#include "losses/losses.h"

namespace adjoint {

struct CanvasSettings {
    int64_t n = 96, m = 96, shuffles = 10;  // ≥ 1
    double prior = -INFINITY;               // δ
    uint64_t stream = 0;                    // tells apart losses that draw at the same step
};
// The list for item `item` of a batch: R·n·m places, drawn from `valid`.
std::vector<int64_t> canvas_places(std::vector<int32_t> valid, const CanvasSettings&, const LossContext&, int64_t item);

class PixelCanvas {
public:
    // Draws from a target N×C×H×W.
    PixelCanvas(const Tensor& target, const CanvasSettings&, const LossContext&);
    // The drawn pixels of x, N×C×H×W → N×C×n×(R·m).
    Tensor of(const Tensor& x) const;

private:
    CanvasSettings settings_;
    std::vector<Tensor> places_;  // per item
};

}  // namespace adjoint
