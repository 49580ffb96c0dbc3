#include "models/residual_denoiser.h"

#include <cmath>

#include "engine/error.h"
#include "engine/philox.h"
#include "kernels/convolution/convolution.h"
#include "kernels/layout/layout.h"
#include "kernels/normalise/normalise.h"
#include "kernels/pointwise/pointwise.h"

namespace adjoint {
namespace {

Tensor per_channel(const Tensor& v) { return reshape(v, Shape{1, v.size(), 1, 1}); }

double bound_of(ResidualDenoiserSettings::Initialisation kind, int64_t fan_in, int64_t fan_out) {
    if (kind == ResidualDenoiserSettings::Initialisation::fan_in) return 1 / std::sqrt(double(fan_in));
    return std::sqrt(6.0 / double(fan_in + fan_out));
}

Tensor denoise(const ResidualDenoiserSettings& s, const std::vector<Tensor>& weights, const Tensor& x) {
    const int64_t each = s.batch_norm ? 3 : 2;
    if (int64_t(weights.size()) != each * s.layers)
        fail(ExitCode::mismatch, "a residual denoiser of " + std::to_string(each * s.layers) + " parameters",
             "it was given " + std::to_string(weights.size()) + " tensors", "give one per parameter, in their order");
    Tensor h = x;
    for (int64_t l = 0; l < s.layers; ++l) {
        auto w = [&](int64_t i) { return weights[size_t(l * each + i)]; };
        h = conv2d(h, w(0), {.padding = 1});
        h = s.batch_norm ? batch_norm(h, w(1), w(2), s.epsilon).y : h + per_channel(w(1));
        if (l + 1 < s.layers) h = relu(h);  // (1)
    }
    return x + h;                           // (2)
}

}  // namespace

Denoiser residual_denoiser(const ResidualDenoiserSettings& s, uint64_t seed, Type type, Device device) {
    if (s.channels < 1 || s.width < 1 || s.layers < 2 || !(s.epsilon > 0))
        fail(ExitCode::usage, "a residual denoiser of " + std::to_string(s.layers) + " layers and width " +
             std::to_string(s.width), "there must be at least 2 layers and 1 filter, and ε must be positive");
    Parameters p;
    for (int64_t l = 0; l < s.layers; ++l) {
        const std::string layer = "layers." + std::to_string(l);
        const int64_t in = l == 0 ? s.channels : s.width, out = l + 1 == s.layers ? s.channels : s.width;
        p.declare(layer + ".weight", {out, in, 3, 3});
        if (s.batch_norm) p.declare(layer + ".norm.weight", {out});
        p.declare(layer + (s.batch_norm ? ".norm.bias" : ".bias"), {out});
    }
    p.allocate(Type::float64);
    const Philox random{seed, 0};
    uint64_t place = 0;
    for (int i = 0; i < p.count(); ++i) {
        Tensor t = p.tensor(i);
        double* v = t.mutable_data<double>("initialisation");
        const double bound = t.rank() == 4 ? bound_of(s.initialisation, 9 * t.size(1), 9 * t.size(0)) : 0;
        const bool norm = p.name(i).find("norm.weight") != std::string::npos, last = i == p.count() - 2;
        const double gamma = !norm ? 0 : last ? s.last_gamma : 1;
        for (int64_t k = 0; k < t.size(); ++k, ++place)
            v[k] = bound > 0 ? random.uniform(place, -bound, bound) : gamma;
    }
    return {p.to(device).to(type),
            [s](const std::vector<Tensor>& weights, const Tensor& x) { return denoise(s, weights, x); }};
}

}  // namespace adjoint
