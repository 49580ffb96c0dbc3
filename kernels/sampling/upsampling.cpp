// The host side that upsample_nearest and upsample_bilinear share.
#include "kernels/sampling/upsampling.h"

#include <cmath>

#include "kernels/sampling/pooling.h"

namespace adjoint {

Attributes upsample_attributes(Extent target, double ratio_y, double ratio_x, bool corners) {
    return {{"target", std::vector<int64_t>{target.height, target.width}},
            {"ratio_y", ratio_y},
            {"ratio_x", ratio_x},
            {"corners", int64_t(corners)}};
}

static void check_target(const Signature& s) {
    const auto& target = s.attributes.list("target");
    if (target[0] < 1 || target[1] < 1) s.refuse("the target has no pixels");
}

std::vector<TensorSpec> infer_upsample(const Signature& s) {
    check_image(s, s.shape(0));
    check_target(s);
    const auto& target = s.attributes.list("target");
    return {{s.shape(0).with(2, target[0]).with(3, target[1])}};
}

std::vector<TensorSpec> infer_upsample_adjoint(const Signature& s) {
    check_image(s, s.shape(0));
    check_target(s);
    const auto& target = s.attributes.list("target");
    const Shape& y = s.shape(0);
    if (y[2] != target[0] || y[3] != target[1])
        s.refuse("the target has " + Shape{target[0], target[1]}.text() + " pixels, the image " +
                 Shape{y[2], y[3]}.text());
    const Shape x = y.with(2, s.attributes.integer("height")).with(3, s.attributes.integer("width"));
    check_image(s, x);
    return {{x}};
}

Extent scaled_extent(const Tensor& x, double scale, const char* who) {
    const std::string asked = std::string(who) + " of " + x.shape().text();
    if (x.rank() != 4) fail(ExitCode::usage, asked, "an image must have four axes", "give it as N×C×H×W");
    if (!(scale > 0) || !std::isfinite(scale))
        fail(ExitCode::usage, asked, "the scale must be a positive number, not " + std::to_string(scale));
    return {int64_t(std::floor(double(x.size(2)) * scale)), int64_t(std::floor(double(x.size(3)) * scale))};
}

static std::vector<UpsampleTrial> trials() {
    return {{{2, 3, 4, 5}, {8, 10}, 0},  {{1, 2, 5, 7}, {13, 9}, 0},    {{1, 2, 9, 6}, {4, 5}, 0},
            {{1, 1, 1, 3}, {4, 1}, 0},   {{1, 1, 1, 1}, {1, 1}, 0},     {{2, 1, 6, 5}, {15, 12}, 2.5},
            {{1, 2, 7, 10}, {4, 7}, 0.7}, {{0, 2, 4, 4}, {8, 8}, 0},    {{3, 4, 21, 37}, {42, 74}, 0},
            {{1, 1, 3, 40}, {3, 41}, 0}};
}

std::vector<Sample> upsample_samples(std::vector<Attributes> (*settings_of)(const UpsampleTrial&), bool adjoint) {
    std::vector<Sample> all;
    for (const UpsampleTrial& t : trials())
        for (const Attributes& a : settings_of(t)) {
            const Shape y = t.x.with(2, t.target.height).with(3, t.target.width);
            all.push_back(adjoint ? Sample{{{.shape = y}}, of_image(a, t.x)} : Sample{{{.shape = t.x}}, a});
        }
    return all;
}

std::vector<WrongSample> upsample_wrongs(const Attributes& a) {
    Attributes none = a;
    none.set("target", std::vector<int64_t>{0, 8});
    return {{{{{.shape = {2, 4, 4}}}, a}, "four axes"},
            {{{{.shape = {1, 2, 4, 0}}}, a}, "without pixels"},
            {{{{.shape = {1, 2, 4, 4}}}, none}, "the target has no pixels"}};
}

std::vector<WrongSample> upsample_adjoint_wrongs(Attributes a) {
    a = of_image(a, {1, 1, 4, 4});
    return {{{{{.shape = {2, 8, 8}}}, a}, "four axes"}, {{{{.shape = {1, 2, 8, 7}}}, a}, "the target has 8×8 pixels"}};
}

}  // namespace adjoint
