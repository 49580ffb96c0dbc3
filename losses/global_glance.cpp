// Global Glance. Z. Gao, W. Yang, Y. Li, L. Xing, S. K. Zhou: "MS-Glance", WACV 2025, section 3.1.1 and supplement 3.1.
//
//   x, y       N×C×H×W        prediction, target (complex: their magnitudes)
//   Ω ∩ {y > δ}               n·m random pixels, the same of both images; δ: the intensity ("air") prior
//   S_x, S_y   N×C×n×(R m)    these pixels in R random orders, arranged as a canvas (pixel_canvas.h)      (1)
//   S(v, v′)                  the Glance index of the canvases' windows (local_glance.cpp)                (2)
//   L = 1 − mean S                                                                                        (3)
//
// Of the published code, and not of the paper: both images are clipped to [0, 1] and multiplied by 255 before (the
// gradient is 0 outside [0, 1] and passes at 0 and 1), and the canvas has zeros around it, as Local Glance has. Its
// prior, where none is set, is δ = −0.01: all pixels of an image in [0, 1]. Too few pixels above δ: the code leaves
// zeros; here they are drawn with replacement.
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "losses/glance.h"
#include "losses/pixel_canvas.h"

namespace adjoint {

Tensor global_glance_map(const Tensor& prediction, const Tensor& target, const GlanceSettings& s,
                         const LossContext& context) {
    check_images(prediction, target, "global-glance");
    const Tensor x = glance_image(prediction, s), y = glance_image(target, s);
    const PixelCanvas S(y, {s.n, s.m, s.shuffles, s.prior, 2}, context);
    auto bytes = [&](const Tensor& t) { return s.clip_255 ? 255.0 * clamp(t, 0, 1) : t; };
    const Tensor S_x = S.of(bytes(x)), S_y = S.of(bytes(y));                                             // (1)
    return glance_index_map(S_x, S_y, s);                                                                // (2)
}

Tensor global_glance_loss(const Tensor& prediction, const Tensor& target, const GlanceSettings& s,
                          const LossContext& context) {
    return 1.0 - mean(global_glance_map(prediction, target, s, context));                                // (3)
}

namespace {
struct GlobalGlance : GlanceLoss {
    void describe(LossKeys& keys) override {
        describe_local(keys);
        describe_global(keys);
    }
    std::vector<LossTerm> terms(const Tensor& x, const Tensor& y, const LossContext& c) const override {
        return {{"", global_glance_loss(x, y, s, c)}};
    }
};
}  // namespace
std::unique_ptr<Loss> make_global_glance() { return std::make_unique<GlobalGlance>(); }

}  // namespace adjoint
