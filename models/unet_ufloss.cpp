#include "models/unet_ufloss.h"

#include "engine/error.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/sampling/sampling.h"

namespace adjoint {

namespace {

constexpr int levels = 5;
std::string encoder(int l) { return l == 0 ? "inc.conv.conv" : "down" + std::to_string(l) + ".mpconv.1.conv"; }
std::string decoder(int l) { return "up" + std::to_string(4 - l) + ".conv.conv"; }

void declare_double_convolution(UnetUfloss& net, const std::string& name, int64_t in, int64_t out) {
    declare_convolution(net.parameters, name + ".0", in, out, 3);
    declare_batch_norm(net.parameters, net.statistics, name + ".1", out);
    declare_convolution(net.parameters, name + ".3", out, out, 3);
    declare_batch_norm(net.parameters, net.statistics, name + ".4", out);
}

Tensor pad_to(const Tensor& x, const Tensor& skipped) {
    const int64_t rows = skipped.size(2) - x.size(2), columns = skipped.size(3) - x.size(3);
    if (rows == 0 && columns == 0) return x;
    return pad_zero(x, {0, 0, rows / 2, columns / 2}, {0, 0, rows - rows / 2, columns - columns / 2});
}

}  // namespace

UnetUfloss::UnetUfloss(const UnetUflossSettings& s, uint64_t seed, Type type, Device device) : settings(s) {
    if (s.in < 1 || s.out < 1 || s.features < 1)
        fail(ExitCode::usage, "a U-Net of " + std::to_string(s.in) + " channels in, " + std::to_string(s.out) +
             " out and " + std::to_string(s.features) + " features", "all must be at least 1");
    const int64_t F = s.features, wide[levels] = {F, 2 * F, 4 * F, 8 * F, 8 * F};
    for (int l = 0; l < levels; ++l)
        declare_double_convolution(*this, encoder(l), l == 0 ? s.in : wide[l - 1], wide[l]);
    for (int l = 3; l >= 0; --l)
        declare_double_convolution(*this, decoder(l), 2 * wide[l], l == 0 ? F : wide[l - 1]);
    declare_convolution(parameters, "outc.conv", F, s.out, 1);
    draw_parameters(parameters, seed, type, device);
    allocate_statistics(statistics, type, device);
}

Tensor UnetUfloss::operator()(const std::vector<Tensor>& weights, const Tensor& x, Mode mode) const {
    require_image(x, settings.in, "U-Net");
    require_sides(x, 16, "U-Net");
    const Weights w(parameters, weights);
    using Images = std::vector<Tensor>;  // side by side along the channels
    auto half = [&](const std::string& name, const std::string& conv, const std::string& norm, const Images& h) {
        return relu(batch_norm(w, statistics, name + norm, convolution(w, name + conv, h, same_size(3)), mode));
    };
    auto DC = [&](const std::string& name, const Images& h) {
        return half(name, ".3", ".4", {half(name, ".0", ".1", h)});
    };
    std::vector<Tensor> e = {DC(encoder(0), {x})};                                                 // (1)
    for (int l = 1; l < levels; ++l) e.push_back(DC(encoder(l), {max_pool(e.back())}));            // (1)
    Tensor d = e.back();
    for (int l = 3; l >= 0; --l) {
        const Tensor& skipped = e[size_t(l)];
        const Tensor larger = pad_to(upsample_bilinear(d, 2.0, true), skipped);
        d = DC(decoder(l), {skipped, larger});                                                     // (2)
    }
    return convolution(w, "outc.conv", d);                                                         // (3)
}

}  // namespace adjoint
