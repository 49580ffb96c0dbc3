#include "models/dncnn.h"

#include "engine/error.h"
#include "kernels/pointwise/pointwise.h"
#include "models/layers.h"

namespace adjoint {

namespace {

std::string layer(int64_t l) { return "model." + std::to_string(2 * (l - 1)); }

}  // namespace

Dncnn::Dncnn(const DncnnSettings& s, uint64_t seed, Type type, Device device) : settings(s) {
    if (s.channels < 1 || s.width < 1 || s.depth < 2)
        fail(ExitCode::usage, "a DnCNN of " + std::to_string(s.channels) + " channels, width " +
             std::to_string(s.width) + " and depth " + std::to_string(s.depth),
             "channels and width must be at least 1, depth at least 2");
    for (int64_t l = 1; l <= s.depth; ++l)
        declare_convolution(parameters, layer(l), l == 1 ? s.channels : s.width, l == s.depth ? s.channels : s.width,
                            3);
    draw_parameters(parameters, seed, type, device);
}

Tensor Dncnn::operator()(const std::vector<Tensor>& weights, const Tensor& x) const {
    require_image(x, settings.channels, "DnCNN");
    const Weights w(parameters, weights);
    const int64_t D = settings.depth;
    constexpr double relu = 0;  // the slope below 0
    Tensor h = convolution(w, layer(1), x, same_size(3), relu);                           // (1)
    for (int64_t l = 2; l < D; ++l) h = convolution(w, layer(l), h, same_size(3), relu);  // (2)
    return x - convolution(w, layer(D), h, same_size(3));                                 // (3)
}

}  // namespace adjoint
