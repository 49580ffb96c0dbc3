// Local Glance. Z. Gao, W. Yang, Y. Li, L. Xing, S. K. Zhou: "MS-Glance: bio-inspired non-semantic context vectors and
// their applications in supervising image reconstruction", WACV 2025, sections 3.1.2, 3.2 and 3.3.
//
//   x, y     N×C×H×W        prediction, target (complex: their magnitudes)
//   v, v′    n_g·m_g        Glance vectors: the same window of both, one after the other with stride 1
//   μ, σ                    mean and standard deviation of a vector, population (divisor n_g m_g)
//   ṽ = (v − μ)/σ                                                          (1)
//   S(v, v′) = ⟨ṽ, ṽ′⟩/(n_g m_g), stabilised: (cov + C)/(σ σ′ + C)          (2)
//   GlanceIM = mean S over all windows                                     (3)
//   L = 1 − GlanceIM                                                       (4)
//
// Paper and published code differ:
//                       published code (`code`, default)          paper (`paper`)
//   C                   4.5e-4 (= 0.03²/2)                        0.03
//   colour              every channel by itself                   one vector of 3 n_g m_g over all channels ("joint")
//   border              zeros of ⌊(n_g − 1)/2⌋ around, part of    windows inside the image
//                       the statistics
// Options of the paper's supplement: a Gaussian window (2.1), and SSIM's luminance and contrast as further factors
// (2.2); the code names them by what it drops: "LC" leaves the structure alone, which is S.
//
// The official notebook reads a pixel-major H·W×C array as C×H×W without transposing it: a plane then holds the
// interleaved colours of a third of the picture, for both images alike. `notebook_layout` does the same, to compare
// with published numbers.
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "kernels/window/window.h"
#include "losses/glance.h"

namespace adjoint {

GlanceSettings GlanceSettings::code() { return {}; }
GlanceSettings GlanceSettings::paper() {
    return {.zero_border = false, .joint = true, .constant = 0.03, .clip_255 = false, .united = true};
}

Tensor glance_image(const Tensor& x, const GlanceSettings& s) {
    const Tensor image = real_image(x, s.magnitude);
    if (!s.notebook_layout) return image;
    return reshape(permute(image, {0, 2, 3, 1}), image.shape());
}

Tensor glance_index_map(const Tensor& x, const Tensor& y, const GlanceSettings& s) {
    const Window window =
        Window::square(s.window, s.zero_border ? (s.window - 1) / 2 : 0, s.stride, s.gaussian ? s.sigma : 0);
    const SimilarityTerms terms{s.luminance, s.contrast, s.structure, 1e-4, 9e-4, s.constant, 1};
    return window_similarity(x, y, window, terms, s.joint);                                      // (1), (2)
}

Tensor local_glance_map(const Tensor& prediction, const Tensor& target, const GlanceSettings& s) {
    check_images(prediction, target, "local-glance");
    return glance_index_map(glance_image(prediction, s), glance_image(target, s), s);
}

Tensor local_glance_loss(const Tensor& prediction, const Tensor& target, const GlanceSettings& s) {
    const Tensor GlanceIM = mean(local_glance_map(prediction, target, s));                       // (3)
    return 1.0 - GlanceIM;                                                                       // (4)
}

namespace {
struct LocalGlance : GlanceLoss {
    void describe(LossKeys& keys) override { describe_local(keys); }
    std::vector<LossTerm> terms(const Tensor& x, const Tensor& y, const LossContext&) const override {
        return {{"", local_glance_loss(x, y, s)}};
    }
};
}  // namespace
std::unique_ptr<Loss> make_local_glance() { return std::make_unique<LocalGlance>(); }

}  // namespace adjoint
