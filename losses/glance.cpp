#include "losses/glance.h"

#include <cmath>

namespace adjoint {

void GlanceLoss::describe_local(LossKeys& keys) {
    keys.word("form", &form_, {"code", "paper"}, "whose definition: sets joint, constant, border, clip_255 and mean");
    keys.integer("window", &s.window, 1, 4096, "pixels along each side");
    keys.integer("stride", &s.stride, 1, 4096, "of the windows");
    keys.flag("joint", &s.joint, "one window over all channels; paper: true");
    keys.real("constant", &s.constant, 1e-12, 1e6, "C of the index; paper: 0.03");
    keys.word("border", &border_, {"zeros", "valid"},
              "zeros of (window − 1)/2 around, or windows inside; paper: valid");
    keys.word("kernel", &kernel_, {"uniform", "gaussian"}, "weights of the window");
    keys.real("sigma", &s.sigma, 1e-3, 1e6, "of a Gaussian window");
    keys.word("drop", &drop_, {"none", "L", "C", "S", "LC"}, "which of SSIM's factors l, c, s to leave out");
    keys.word("layout", &layout_, {"image", "notebook"}, "notebook: planes scrambled as in the official notebook");
    keys.word("magnitude", &magnitude_, {"last-axis", "channel-pairs"}, "where complex images have re and im");
    keys.real("epsilon", &s.magnitude.epsilon, 0, 1, "in √(re² + im² + ε)");
}

void GlanceLoss::describe_global(LossKeys& keys) {
    keys.integer("n", &s.n, 1, 32768, "rows of the canvas of random pixels");
    keys.integer("m", &s.m, 1, 32768, "columns; n·m pixels are drawn");
    keys.integer("shuffles", &s.shuffles, 1, 10000, "random orders of them, R");
    keys.real("prior", &s.prior, -INFINITY, 1e300, "δ: draw only where the target exceeds it; MRI: 0.01");
    keys.flag("clip_255", &s.clip_255, "clip to [0, 1] and multiply by 255 first; paper: false");
}

void GlanceLoss::describe_union(LossKeys& keys) {
    keys.word("mean", &mean_, {"separate", "united"}, "two losses added, or one over all windows; paper: united");
}

void GlanceLoss::prepare(LossKeys& keys) {
    const bool paper = form_ == "paper";
    const GlanceSettings form = paper ? GlanceSettings::paper() : GlanceSettings::code();
    auto given = [&](const char* name) { return keys.find(name) && keys.given(name); };
    if (!given("joint")) s.joint = form.joint;
    if (!given("constant")) s.constant = form.constant;
    if (!given("clip_255")) s.clip_255 = form.clip_255;
    s.zero_border = given("border") ? border_ == "zeros" : form.zero_border;
    s.united = given("mean") ? mean_ == "united" : form.united;
    border_ = s.zero_border ? "zeros" : "valid";
    mean_ = s.united ? "united" : "separate";
    s.gaussian = kernel_ == "gaussian";
    s.luminance = drop_.find('L') == std::string::npos;
    s.contrast = drop_.find('C') == std::string::npos;
    s.structure = drop_.find('S') == std::string::npos;
    s.notebook_layout = layout_ == "notebook";
    s.magnitude.pairs = magnitude_ == "channel-pairs";
}

}  // namespace adjoint
