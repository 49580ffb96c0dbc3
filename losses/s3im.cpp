// S3IM, stochastic structural similarity. Z. Xie, X. Yang, Y. Yang, Q. Sun, Y. Jiang, H. Wang, Y. Cai, M. Sun: "S3IM:
// Stochastic Structural SIMilarity and its unreasonable effectiveness for neural fields", ICCV 2023.
//
//   x, y       N×C×H×W          prediction, target (complex: their magnitudes)
//   P(x)       N×C×n×(M m)      n·m random pixels, M random orders of them (pixel_canvas.h), the same for both
//   S3IM = mean SSIM(P(x), P(y))                                            (1)
//   L = 1 − S3IM                                                            (2)
//
// SSIM with a Gaussian window of 4×4, σ 1.5, stride 4, zeros of ⌊(4 − 1)/2⌋ around; C1 = 1e-4, C2 = 9e-4. The published
// code takes a batch of 64·64 random rays and M = 10 ("repeat_time"); here the same number of pixels is drawn from the
// image.
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "kernels/window/window.h"
#include "losses/loss.h"
#include "losses/pixel_canvas.h"

namespace adjoint {

Tensor s3im_loss(const Tensor& prediction, const Tensor& target, const S3imSettings& s, const LossContext& context) {
    check_images(prediction, target, "s3im");
    const Tensor x = real_image(prediction, s.magnitude), y = real_image(target, s.magnitude);
    const PixelCanvas P(y, {s.n, s.m, s.shuffles, -INFINITY, 1}, context);
    const Window window = Window::square(s.window, (s.window - 1) / 2, s.stride, s.sigma);
    const Tensor S3IM = mean(window_similarity(P.of(x), P.of(y), window, SimilarityTerms::ssim(1)));  // (1)
    return 1.0 - S3IM;                                                                                // (2)
}

namespace {

struct S3im : Loss {
    S3imSettings s;
    std::string magnitude = "last-axis";

    void describe(LossKeys& keys) override {
        keys.integer("window", &s.window, 1, 4096, "pixels");
        keys.integer("stride", &s.stride, 1, 4096, "of the windows");
        keys.real("sigma", &s.sigma, 1e-3, 1e6, "of the Gaussian window");
        keys.integer("n", &s.n, 1, 32768, "rows of the canvas");
        keys.integer("m", &s.m, 1, 32768, "columns; n·m pixels are drawn");
        keys.integer("shuffles", &s.shuffles, 1, 10000, "arrangements of the drawn pixels");
        keys.word("magnitude", &magnitude, {"last-axis", "channel-pairs"}, "where complex images have re and im");
        keys.real("epsilon", &s.magnitude.epsilon, 0, 1, "in √(re² + im² + ε)");
    }
    void prepare(LossKeys&) override { s.magnitude.pairs = magnitude == "channel-pairs"; }
    std::vector<LossTerm> terms(const Tensor& x, const Tensor& y, const LossContext& c) const override {
        return {{"", s3im_loss(x, y, s, c)}};
    }
};

}  // namespace
std::unique_ptr<Loss> make_s3im() { return std::make_unique<S3im>(); }

}  // namespace adjoint
