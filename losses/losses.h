// The losses: the table of contents. Each line's file: losses/<name>.cpp, with the paper's equations.
//
// Images: N×C×H×W, or complex ones (image.h). Results are scalars, averaged over the batch and differentiable in both
// images. `range` is the data range: largest minus smallest possible pixel. Errors: images of different shapes, types
// or devices; windows that do not fit into the image.
#pragma once
#include <cmath>

#include "losses/image.h"

namespace adjoint {

// What random losses draw from. The same (seed, step) gives the same sample.
struct LossContext {
    uint64_t seed = 0;
    uint64_t step = 0;
};

// mean |x − y|, with derivative 0 at x = y; mean (x − y)². Also of complex images, as pairs of real numbers.
Tensor l1(const Tensor& prediction, const Tensor& target);
Tensor l2(const Tensor& prediction, const Tensor& target);

// ---- Structural similarity.
struct SsimSettings {
    int64_t window = 11;      // pixels
    bool gaussian = true;
    double sigma = 1.5;
    int64_t padding = 0;      // zeros around the image
    bool sample_covariance = false;  // variances and covariance with divisor n − 1
    double K1 = 0.01, K2 = 0.03;
    double range = 1;         // 0: every item's own, the largest value of the target (fastMRI's)
    bool downsample = false;  // by max(1, round(min(H, W)/256)) first, as in the 2009 version of Wang's program
    Magnitude magnitude = {};

    static SsimSettings wang2004();                         // 11×11 Gaussian, valid windows, population statistics
    static SsimSettings uniform(int64_t window = 7);        // uniform windows, valid, population statistics
    static SsimSettings pytorch_ssim(int64_t window = 11);  // Gaussian, zeros of window/2 around, range 1
    static SsimSettings fastmri();                          // uniform 7×7, valid, n − 1, range: the target's maximum
    static SsimSettings scikit_image();                     // uniform 7×7, valid, n − 1: skimage's default
};
// The mean similarity in [−1, 1], 1 for equal images; the map N×C×H'×W' of which it is the mean; the loss 1 − mean.
Tensor ssim_map(const Tensor& prediction, const Tensor& target, const SsimSettings&);
Tensor ssim(const Tensor& prediction, const Tensor& target, const SsimSettings&);
Tensor ssim_loss(const Tensor& prediction, const Tensor& target, const SsimSettings&);

// ---- S3IM: SSIM of randomly arranged pixels.
struct S3imSettings {
    int64_t window = 4, stride = 4;
    double sigma = 1.5;
    int64_t n = 64, m = 64;     // the canvas: n·m pixels are drawn
    int64_t shuffles = 10;      // arrangements of them, the drawn one included
    Magnitude magnitude = {};
};
Tensor s3im_loss(const Tensor& prediction, const Tensor& target, const S3imSettings&, const LossContext&);

// ---- Glance: the correlation of windows, of the image (local) and of randomly arranged pixels (global).
struct GlanceSettings {
    int64_t window = 16, stride = 1;      // n_g = m_g
    bool zero_border = true;              // zeros of (window − 1)/2 around the image; else valid windows only
    bool joint = false;                   // one window over all channels; else every channel by itself
    bool gaussian = false;                // weights of the window; else uniform
    double sigma = 1.5;
    double constant = 4.5e-4;             // C in S = (cov + C)/(σσ + C)
    bool luminance = false, contrast = false, structure = true;  // factors of the similarity; C1 = 1e-4, C2 = 9e-4
    bool notebook_layout = false;         // the official notebook's scrambled planes (local_glance.cpp)
    Magnitude magnitude = {};
    // Global:
    int64_t n = 96, m = 96;               // canvas
    int64_t shuffles = 10;                // R
    double prior = -INFINITY;             // δ: only pixels whose target exceeds it are drawn (channel 0)
    bool clip_255 = true;                 // clip to [0, 1] and multiply by 255 first
    // MS-Glance:
    bool united = false;                  // one mean over all windows, local and global; else the sum of two losses

    static GlanceSettings code();         // the published code: all as above
    static GlanceSettings paper();        // joint, valid, C = 0.03, no clipping, united
};
// The maps of S, in [−1, 1]; and the losses 1 − mean S, in [0, 2].
Tensor local_glance_map(const Tensor& prediction, const Tensor& target, const GlanceSettings&);
Tensor global_glance_map(const Tensor& prediction, const Tensor& target, const GlanceSettings&, const LossContext&);
Tensor local_glance_loss(const Tensor& prediction, const Tensor& target, const GlanceSettings&);
Tensor global_glance_loss(const Tensor& prediction, const Tensor& target, const GlanceSettings&, const LossContext&);
struct MsGlanceLoss {
    Tensor total, local, global;  // united: the weighted mean of local and global; else their sum
};
MsGlanceLoss ms_glance_loss(const Tensor& prediction, const Tensor& target, const GlanceSettings&, const LossContext&);

}  // namespace adjoint
