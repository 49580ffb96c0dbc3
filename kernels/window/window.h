// Windows over images, with uniform or Gaussian weights: the table of contents.
//
//   x: N×C×H×W,  windows of height×width pixels, one every `stride` pixels, over the image with `padding` zeros around
//   maps over the windows: N×C×H'×W',  H' = ⌊(H + 2 padding − height)/stride⌋ + 1, W' likewise
//   weights w: uniform, or (sigma > 0) w_uv ∝ exp(−((u−⌊height/2⌋)² + (v−⌊width/2⌋)²)/2σ²); an even size's peak is
//   off-centre, as in pytorch-ssim. A statistic's weights sum to 1.
//
// Uniform windows are running sums: their cost does not depend on the window's size. Gaussian ones are separable. All
// sums are taken in float64. Sums that run over a NaN or an infinity spread it along their rows and columns.
#pragma once
#include "engine/operation.h"

namespace adjoint {

struct Window {
    int64_t height = 16, width = 16;       // ≥ 1
    int64_t stride_height = 1, stride_width = 1;
    int64_t padding_height = 0, padding_width = 0;  // less than the window's size; 0: windows wholly inside ("valid")
    double sigma = 0;                      // 0: uniform weights

    static Window square(int64_t size, int64_t padding = 0, int64_t stride = 1, double sigma = 0) {
        return {size, size, stride, stride, padding, padding, sigma};
    }
};

// All errors below: x is not of four axes, or a window that does not fit into the padded image.

// y[n,c,i,j] = Σ_{u,v} x[n,c, i·stride + u − padding, j·stride + v − padding]. `sigma` must be 0.
Tensor window_sum(const Tensor& x, const Window&);
// Its adjoint: every window's number added to each of its pixels. g: N×C×H'×W' → N×C×height×width of the image.
Tensor window_spread(const Tensor& g, const Window&, int64_t image_height, int64_t image_width);
// y = Σ w x with Gaussian weights that sum to 1. `sigma` must be positive.
Tensor gaussian_window(const Tensor& x, const Window&);
Tensor gaussian_spread(const Tensor& g, const Window&, int64_t image_height, int64_t image_width);

// What windows of two images have in common, zeros of the padding included; variances and covariance have the divisor 1
// (Σ w (x−μ)² with Σ w = 1: the population's). With `joint` a window reaches over all channels: maps N×1×H'×W'.
struct WindowStatistics {
    Tensor mean_x, mean_y, var_x, var_y, cov;  // var ≥ 0
};
WindowStatistics window_statistics(const Tensor& x, const Tensor& y, const Window&, bool joint = false);

// Which factors of SSIM a similarity has, and its constants (similarity_index.h has the equations).
struct SimilarityTerms {
    bool luminance = true, contrast = true, structure = true;
    double C1 = 1e-4, C2 = 9e-4, C3 = 4.5e-4;
    double factor = 1;  // of variances and covariance: n/(n − 1) makes them the sample's

    static SimilarityTerms glance(double C) { return {false, false, true, 1e-4, 9e-4, C, 1}; }
    // C1 = (0.01 range)², C2 = (0.03 range)²
    static SimilarityTerms ssim(double range, double factor = 1) {
        return {true, true, true, 1e-4 * range * range, 9e-4 * range * range, 4.5e-4 * range * range, factor};
    }
};
// The similarity map N×C×H'×W' (joint: N×1×H'×W') of two images; 1 where their windows agree.
Tensor window_similarity(const Tensor& x, const Tensor& y, const Window&, const SimilarityTerms&, bool joint = false);

}  // namespace adjoint
