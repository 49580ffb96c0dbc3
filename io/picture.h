// Pictures of numbers: colour maps, error maps, mosaics.
#pragma once
#include <vector>

#include "engine/tensor.h"

namespace adjoint {

// H×W (or 1×H×W) to 3×H×W: `low` black, `high` near white, by way of blue, violet, red and yellow; values outside are
// limited, NaN is green. Equal steps of the value are equal steps of perceived lightness: the colours are made in
// Ottosson's Oklab space (2020, https://bottosson.github.io/posts/oklab), lightness L = t, hue 265° + 205° t, chroma
// 0.17 sin(πt)^0.8 or what the display can show of it.
Tensor colour_mapped(const Tensor& values, double low, double high);

// |a − b|, the largest over the channels: H×W of two pictures C×H×W of one shape.
Tensor absolute_error(const Tensor& a, const Tensor& b);

// Pictures (H×W, 1×H×W or 3×H×W) in rows of `columns`, each centred in a cell of the largest height and width, `gap`
// pixels of white apart; 3×H×W float32. A grey picture among coloured ones becomes RGB.
// Errors (usage): no pictures, or something that is none.
Tensor mosaic(const std::vector<Tensor>& pictures, int columns, int64_t gap = 4);

// Each pixel `factor` times as wide and high.
Tensor magnified(const Tensor& picture, int64_t factor);

}  // namespace adjoint
