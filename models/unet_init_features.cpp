#include "models/unet_init_features.h"

#include "engine/error.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/sampling/sampling.h"

namespace adjoint {

namespace {

constexpr int levels = 5;

// A block's name and the start of its layers' names.
std::string encoder(int l) {
    const std::string n = std::to_string(l);
    return l == levels ? "bottleneck.bottleneck" : "encoder" + n + ".enc" + n;
}
std::string decoder(int l) {
    const std::string n = std::to_string(l);
    return "decoder" + n + ".dec" + n;
}
std::string up(int l) { return "upconv" + std::to_string(l); }

void declare_double_convolution(UnetInitFeatures& net, const std::string& name, int64_t in, int64_t out) {
    declare_convolution(net.parameters, name + "conv1", in, out, 3, false);
    declare_batch_norm(net.parameters, net.statistics, name + "norm1", out);
    declare_convolution(net.parameters, name + "conv2", out, out, 3, false);
    declare_batch_norm(net.parameters, net.statistics, name + "norm2", out);
}

}  // namespace

UnetInitFeatures::UnetInitFeatures(const UnetInitFeaturesSettings& s, uint64_t seed, Type type, Device device)
    : settings(s) {
    if (s.in < 1 || s.out < 1 || s.features < 1 || s.sigmoid < 0 || s.sigmoid > 1)
        fail(ExitCode::usage, "a U-Net of " + std::to_string(s.in) + " channels in, " + std::to_string(s.out) +
             " out, " + std::to_string(s.features) + " features and sigmoid = " + std::to_string(s.sigmoid),
             "sizes must be at least 1, and sigmoid 0 or 1");
    auto wide = [&](int l) { return s.features << (l - 1); };
    for (int l = 1; l <= levels; ++l)
        declare_double_convolution(*this, encoder(l), l == 1 ? s.in : wide(l - 1), wide(l));
    for (int l = levels - 1; l >= 1; --l) {
        parameters.declare(up(l) + ".weight", {wide(l + 1), wide(l), 2, 2});
        parameters.declare(up(l) + ".bias", {wide(l)});
        declare_double_convolution(*this, decoder(l), 2 * wide(l), wide(l));
    }
    declare_convolution(parameters, "conv", s.features, s.out, 1);
    draw_parameters(parameters, seed, type, device);
    allocate_statistics(statistics, type, device);
}

Tensor UnetInitFeatures::operator()(const std::vector<Tensor>& weights, const Tensor& x, Mode mode) const {
    require_image(x, settings.in, "U-Net");
    if (x.size(2) % 16 || x.size(3) % 16)
        fail(ExitCode::mismatch, "U-Net of an image " + x.shape().text(), "its sides must be multiples of 16",
             "pad the image");
    const Weights w(parameters, weights);
    using Images = std::vector<Tensor>;  // side by side along the channels
    auto half = [&](const std::string& name, const std::string& n, const Images& h) {
        const Tensor y = convolution(w, name + "conv" + n, h, same_size(3));
        return relu(batch_norm(w, statistics, name + "norm" + n, y, mode));
    };
    auto DC = [&](const std::string& name, const Images& h) { return half(name, "2", {half(name, "1", h)}); };
    std::vector<Tensor> e = {Tensor(), DC(encoder(1), {x})};                                            // (1)
    for (int l = 2; l <= levels; ++l) e.push_back(DC(encoder(l), {max_pool(e.back())}));                // (1)
    Tensor d = e.back();
    for (int l = levels - 1; l >= 1; --l)
        d = DC(decoder(l), {convolution_up_2(w, up(l), d), e[size_t(l)]});                              // (2)
    const Tensor y = convolution(w, "conv", d);                                                         // (3)
    return settings.sigmoid ? sigmoid(y) : y;
}

}  // namespace adjoint
