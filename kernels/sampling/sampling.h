// Sampling images more coarsely and more finely: the table of contents. All images are N×C×H×W; sizes, kernels, strides
// and paddings are in pixels, rows before columns. Names and conventions are PyTorch's. Errors: other axes than four, an
// image without pixels, sizes that do not fit.
#pragma once
#include "engine/tensor.h"

namespace adjoint {

struct Extent {
    int64_t height = 1, width = 1;
};
struct PoolingSettings {
    Extent kernel = {2, 2};
    Extent stride = {2, 2};
    Extent padding = {0, 0};        // at most half the kernel
    bool include_padding = true;    // average: divide by the kernel's size (true) or by the pixels inside the image
};
// One kernel for both axes, moved by its own size.
inline PoolingSettings pooling(int64_t kernel) { return {{kernel, kernel}, {kernel, kernel}, {0, 0}}; }

// H' = ⌊(H + 2 padding − kernel)/stride⌋ + 1 pixels, each the largest of its window; padding is never chosen. Of equal
// ones the first, row by row, gets the gradient; NaN if there is one.
Tensor max_pool(const Tensor& x, const PoolingSettings& = {});
// The same size, each pixel the mean of its window. Linear.
Tensor average_pool(const Tensor& x, const PoolingSettings& = {});

// height × width pixels (or ⌊H scale⌋ × ⌊W scale⌋), each a copy of source pixel ⌊i H/height⌋ (or ⌊i/scale⌋). Linear.
Tensor upsample_nearest(const Tensor& x, Extent size);
Tensor upsample_nearest(const Tensor& x, double scale);

// The same sizes by bilinear interpolation. Linear. Target pixel i lies at source position
//   (i + ½) H/height − ½, not below 0           align_corners = false (with a scale: H/height is 1/scale)
//   i (H − 1)/(height − 1)                      align_corners = true: the corner pixels' centres stay where they are
Tensor upsample_bilinear(const Tensor& x, Extent size, bool align_corners);
Tensor upsample_bilinear(const Tensor& x, double scale, bool align_corners);

// y[n, c, i r + u, j r + v] = x[n, c r² + u r + v, i, j]: N×Cr²×H×W → N×C×Hr×Wr (Shi et al. 2016), and its inverse.
Tensor pixel_shuffle(const Tensor& x, int64_t r);
Tensor pixel_unshuffle(const Tensor& y, int64_t r);

}  // namespace adjoint
