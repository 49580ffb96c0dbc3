#include "models/unet_fastmri.h"

#include "engine/error.h"
#include "kernels/layout/layout.h"
#include "kernels/normalise/normalise.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/sampling/sampling.h"

namespace adjoint {

namespace {

constexpr double slope = 0.2;

std::string encoder(int64_t l, int64_t P) { return l == P ? "conv" : "down_sample_layers." + std::to_string(l); }
std::string decoder(int64_t l, int64_t P) { return "up_conv." + std::to_string(P - 1 - l) + (l == 0 ? ".0" : ""); }
std::string up(int64_t l, int64_t P) { return "up_transpose_conv." + std::to_string(P - 1 - l) + ".layers.0"; }

void declare_block(Parameters& p, const std::string& name, int64_t in, int64_t out) {
    declare_convolution(p, name + ".layers.0", in, out, 3, false);
    declare_convolution(p, name + ".layers.4", out, out, 3, false);
}

Tensor pad_to(const Tensor& x, const Tensor& skipped) {
    const int64_t rows = skipped.size(2) - x.size(2), columns = skipped.size(3) - x.size(3);
    return rows == 0 && columns == 0 ? x : pad_reflect(x, {0, 0, 0, 0}, {0, 0, rows, columns});
}

}  // namespace

UnetFastmri::UnetFastmri(const UnetFastmriSettings& s, uint64_t seed, Type type, Device device) : settings(s) {
    if (s.in < 1 || s.out < 1 || s.features < 1 || s.poolings < 1 || s.poolings > 16)
        fail(ExitCode::usage, "a U-Net of " + std::to_string(s.in) + " channels in, " + std::to_string(s.out) +
             " out, " + std::to_string(s.features) + " features and " + std::to_string(s.poolings) + " poolings",
             "all must be at least 1, and there may be 16 poolings at most");
    const int64_t P = s.poolings;
    auto wide = [&](int64_t l) { return s.features << l; };
    for (int64_t l = 0; l <= P; ++l)
        declare_block(parameters, encoder(l, P), l == 0 ? s.in : wide(l - 1), wide(l));
    for (int64_t l = P - 1; l >= 0; --l) declare_block(parameters, decoder(l, P), 2 * wide(l), wide(l));
    declare_convolution(parameters, "up_conv." + std::to_string(P - 1) + ".1", wide(0), s.out, 1);
    for (int64_t l = P - 1; l >= 0; --l) parameters.declare(up(l, P) + ".weight", {wide(l + 1), wide(l), 2, 2});
    draw_parameters(parameters, seed, type, device);
}

Tensor UnetFastmri::operator()(const std::vector<Tensor>& weights, const Tensor& x) const {
    const int64_t P = settings.poolings;
    require_image(x, settings.in, "fastMRI's U-Net");
    require_sides(x, int64_t(1) << P, "fastMRI's U-Net");
    if ((x.size(2) >> P) * (x.size(3) >> P) < 2)
        fail(ExitCode::mismatch, "fastMRI's U-Net of an image " + x.shape().text(),
             "its deepest features are one pixel, which has no deviation to be normalised by",
             "use larger images, or fewer poolings");
    const Weights w(parameters, weights);
    using Images = std::vector<Tensor>;  // side by side along the channels
    auto half = [&](const std::string& layer, const Images& h) {
        return leaky_relu(instance_norm(convolution(w, layer, h, same_size(3))), slope);
    };
    auto CB = [&](const std::string& name, const Images& h) {
        return half(name + ".layers.4", {half(name + ".layers.0", h)});
    };
    auto TB = [&](const std::string& name, const Tensor& h) {
        return leaky_relu(instance_norm(convolution_up_2(w, name, h)), slope);
    };
    std::vector<Tensor> e = {CB(encoder(0, P), {x})};                                                     // (1)
    for (int64_t l = 1; l <= P; ++l) e.push_back(CB(encoder(l, P), {average_pool(e.back())}));            // (1)
    Tensor d = e.back();
    for (int64_t l = P - 1; l >= 0; --l) {
        const Tensor& skipped = e[size_t(l)];
        d = CB(decoder(l, P), {pad_to(TB(up(l, P), d), skipped), skipped});                               // (2)
    }
    return convolution(w, "up_conv." + std::to_string(P - 1) + ".1", d);                                  // (3)
}

}  // namespace adjoint
