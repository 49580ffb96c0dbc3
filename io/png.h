// PNG pictures, through libpng.
#pragma once
#include <filesystem>
#include <string>

#include "engine/tensor.h"
#include "io/input.h"

namespace adjoint {

struct PngInfo {
    int64_t width = 0, height = 0;
    int bits = 8;      // per channel in the file: 1, 2, 4, 8 or 16
    int channels = 1;  // 1 grey, 3 RGB; a palette counts as RGB
    bool palette = false, alpha = false, interlaced = false;
};

PngInfo read_png_info(Input&);

// C×H×W float32 in [0, 1]: the stored value divided by the largest of its bit depth. Values are taken as they stand,
// with no gamma or colour profile applied. An alpha channel is dropped where it is opaque everywhere; elsewhere the
// colour of a pixel is not defined, and the picture is refused.
// Errors (invalid_input): no PNG, damaged (its checksums are verified), larger than 10^6 pixels a side.
Tensor read_png(const std::filesystem::path&, PngInfo* info = nullptr);
Tensor read_png(Input&, PngInfo* info = nullptr);
// The same, but an alpha channel is dropped whatever it holds; says in `transparent` whether any of it was not opaque.
Tensor read_png_colours(Input&, PngInfo* info, bool* transparent);

// H×W or C×H×W with C of 1 (grey) or 3 (RGB), float32 or float64 on any device; values are limited to [0, 1] and
// rounded to the nearest of 2^bits − 1 steps; `bits` is 8 or 16. The same picture gives the same bytes.
// Errors: usage (shape or bits), numerical (NaN, naming the pixel), resources.
void write_png(const std::filesystem::path&, const Tensor& picture, int bits = 8);
std::string encode_png(const Tensor& picture, int bits = 8);  // the file's bytes

}  // namespace adjoint
