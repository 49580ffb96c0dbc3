// Structural similarity. Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli: "Image quality assessment: from error
// visibility to structural similarity", IEEE Transactions on Image Processing 13(4), 2004.
//
//   x, y       N×C×H×W          prediction, target (complex: their magnitudes)
//   w          k×k              the window's weights, Σ w = 1, one window per channel
//   μ, σ², σ_xy  N×C×H'×W'      means, variances and covariance over windows (eq. 14–16)
//   L          scalar or N      data range;  C1 = (K1 L)², C2 = (K2 L)²
//   SSIM = (2 μ_x μ_y + C1)(2 σ_xy + C2) / ((μ_x² + μ_y² + C1)(σ_x² + σ_y² + C2))     (13)
//   MSSIM = mean SSIM                                                                  (17)
//   loss = 1 − MSSIM
//
// One name, several definitions. They differ in the window, in what happens at the border, in the divisor of variances
// (n, or n − 1 for "sample" ones) and in L:
//   wang2004      Gaussian 11×11, σ 1.5, valid windows, n. The program published in 2009 first averages and subsamples
//                 the images by max(1, round(min(H, W)/256)): `downsample`
//   uniform       uniform windows, valid, n
//   pytorch-ssim  Gaussian, zeros of ⌊k/2⌋ around the image, n, L = 1 (an even window's peak is off-centre)
//   fastmri       uniform 7×7, valid, n − 1, L = the largest value of every item's target
//   scikit-image  uniform 7×7, n − 1, windows beyond the border cropped (that is, valid)
#include <algorithm>
#include <cmath>

#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "kernels/window/window.h"
#include "losses/loss.h"

namespace adjoint {

SsimSettings SsimSettings::wang2004() { return {}; }
SsimSettings SsimSettings::uniform(int64_t window) { return {.window = window, .gaussian = false}; }
SsimSettings SsimSettings::pytorch_ssim(int64_t window) { return {.window = window, .padding = window / 2}; }
SsimSettings SsimSettings::fastmri() { return {.window = 7, .gaussian = false, .sample_covariance = true, .range = 0}; }
SsimSettings SsimSettings::scikit_image() { return {.window = 7, .gaussian = false, .sample_covariance = true}; }

namespace {

// 1/L of every item, N×1×1×1; L is the target's largest value.
Tensor inverse_ranges(const Tensor& target) {
    const std::vector<double> values = plain_values(target);
    const int64_t items = target.shape()[0], each = target.size() / items;
    std::vector<double> inverse;
    for (int64_t i = 0; i < items; ++i) {
        const double range = *std::max_element(values.begin() + i * each, values.begin() + (i + 1) * each);
        if (!(range > 0))
            fail(ExitCode::usage, "ssim with every target's own data range",
                 "the largest value of a target is not positive", "give the data range");
        inverse.push_back(1 / range);
    }
    return Tensor::from(inverse, Shape{items, 1, 1, 1}, Device::reference).to(target.type()).to(target.device());
}

// Averages of f×f pixels around every f-th one, borders mirrored with their edge (…1 0|0 1…).
Tensor averaged_and_subsampled(const Tensor& x, int64_t f) {
    auto mirrored = [&](int axis) {
        const int64_t n = x.shape()[axis], places = (n + f - 1) / f;
        std::vector<int64_t> index;
        for (int64_t i = 0; i < places; ++i)
            for (int64_t t = 0; t < f; ++t) {
                int64_t p = i * f + t - (f - 1) / 2;
                if (p < 0) p = -p - 1;
                if (p >= n) p = 2 * n - 1 - p;
                index.push_back(p);
            }
        return Tensor::from(index, Shape{int64_t(index.size())}, x.device());
    };
    const Tensor wide = gather(gather(x, mirrored(2), 2), mirrored(3), 3);
    return window_sum(wide, Window::square(f, 0, f)) / double(f * f);
}

struct Pair {
    Tensor x, y;
};
Pair prepared(const Tensor& prediction, const Tensor& target, const SsimSettings& s) {
    check_images(prediction, target, "ssim");
    Pair p{real_image(prediction, s.magnitude), real_image(target, s.magnitude)};
    if (s.range == 0) {
        const Tensor inverse = inverse_ranges(p.y);  // SSIM of x, y with range L is SSIM of x/L, y/L with range 1
        p = {p.x * inverse, p.y * inverse};
    }
    if (s.downsample) {
        const int64_t shorter = std::min(p.x.shape()[2], p.x.shape()[3]);
        const int64_t f = std::max<int64_t>(1, int64_t(std::lround(double(shorter) / 256)));
        if (f > 1) p = {averaged_and_subsampled(p.x, f), averaged_and_subsampled(p.y, f)};
    }
    return p;
}

}  // namespace

Tensor ssim_map(const Tensor& prediction, const Tensor& target, const SsimSettings& s) {
    const Pair p = prepared(prediction, target, s);
    const double L = s.range == 0 ? 1 : s.range, n = double(s.window * s.window);
    SimilarityTerms terms;  // l·c·s with C3 = C2/2, which is (13)
    terms.C1 = s.K1 * L * (s.K1 * L);
    terms.C2 = s.K2 * L * (s.K2 * L);
    terms.C3 = terms.C2 / 2;
    terms.factor = s.sample_covariance ? n / (n - 1) : 1;
    const Window window = Window::square(s.window, s.padding, 1, s.gaussian ? s.sigma : 0);
    return window_similarity(p.x, p.y, window, terms);                                        // (13)
}
Tensor ssim(const Tensor& prediction, const Tensor& target, const SsimSettings& s) {
    return mean(ssim_map(prediction, target, s));                                             // (17)
}
Tensor ssim_loss(const Tensor& prediction, const Tensor& target, const SsimSettings& s) {
    return 1.0 - ssim(prediction, target, s);
}

namespace {

struct Ssim : Loss {
    SsimSettings s = SsimSettings::pytorch_ssim();
    std::string variant = "pytorch-ssim", magnitude = "last-axis";

    void describe(LossKeys& keys) override {
        keys.word("variant", &variant, {"wang2004", "uniform", "pytorch-ssim", "fastmri", "scikit-image"},
                  "which definition");
        keys.integer("window", &s.window, 1, 4096, "pixels; default 11, or 7 for uniform windows");
        keys.real("range", &s.range, 0, 1e300,
                  "data range; 0: the largest value of every target; default 1, fastmri 0");
        keys.real("sigma", &s.sigma, 1e-3, 1e6, "of a Gaussian window");
        keys.real("K1", &s.K1, 0, 1e3, "C1 = (K1 range)²");
        keys.real("K2", &s.K2, 0, 1e3, "C2 = (K2 range)²");
        keys.flag("downsample", &s.downsample, "by max(1, round(min(H, W)/256)) first: Wang's program of 2009");
        keys.word("magnitude", &magnitude, {"last-axis", "channel-pairs"}, "where complex images have re and im");
        keys.real("epsilon", &s.magnitude.epsilon, 0, 1, "in √(re² + im² + ε)");
    }
    void prepare(LossKeys& keys) override {
        const SsimSettings set = s;
        s = variant == "wang2004"       ? SsimSettings::wang2004()
            : variant == "uniform"      ? SsimSettings::uniform()
            : variant == "pytorch-ssim" ? SsimSettings::pytorch_ssim()
            : variant == "fastmri"      ? SsimSettings::fastmri()
                                        : SsimSettings::scikit_image();
        if (keys.given("window")) s.window = set.window;
        if (variant == "pytorch-ssim") s.padding = s.window / 2;
        if (keys.given("range")) s.range = set.range;
        s.sigma = set.sigma, s.K1 = set.K1, s.K2 = set.K2, s.downsample = set.downsample;
        s.magnitude = {magnitude == "channel-pairs", set.magnitude.epsilon};
        if (s.sample_covariance && s.window < 2)
            fail(ExitCode::usage, "loss ssim, window = 1", "a sample's variance needs more than one pixel");
    }
    std::vector<LossTerm> terms(const Tensor& x, const Tensor& y, const LossContext&) const override {
        return {{"", ssim_loss(x, y, s)}};
    }
};

}  // namespace
std::unique_ptr<Loss> make_ssim() { return std::make_unique<Ssim>(); }

}  // namespace adjoint
