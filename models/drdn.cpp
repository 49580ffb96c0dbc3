#include "models/drdn.h"

#include "engine/error.h"
#include "kernels/layout/layout.h"
#include "kernels/linear/linear.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "models/layers.h"

namespace adjoint {

namespace {

std::string block(int64_t i) { return "SEDRDBs." + std::to_string(i); }
std::string dense(int64_t c) { return ".convs." + std::to_string(c) + ".conv.0"; }

void check(const DrdnSettings& s) {
    bool fits = s.in >= 1 && s.out >= 1 && s.growth >= 1 && s.blocks >= 1 && s.reduction >= 1 &&
                s.features >= s.reduction && !s.dilations.empty();
    for (int64_t d : s.dilations) fits = fits && d >= 1;
    if (!fits)
        fail(ExitCode::usage, "a DRDN of " + std::to_string(s.features) + " features, growth " +
             std::to_string(s.growth) + ", " + std::to_string(s.blocks) + " blocks, " +
             std::to_string(s.dilations.size()) + " dilations and reduction " + std::to_string(s.reduction),
             "all must be at least 1, and the features no fewer than the reduction");
}

}  // namespace

Drdn::Drdn(const DrdnSettings& s, uint64_t seed, Type type, Device device) : settings(s) {
    check(s);
    const int64_t G0 = s.features, G = s.growth, C = int64_t(s.dilations.size());
    declare_convolution(parameters, "SFENet1", s.in, G0, 3);
    declare_convolution(parameters, "SFENet2", G0, G0, 3);
    for (int64_t i = 0; i < s.blocks; ++i) {
        for (int64_t c = 0; c < C; ++c) declare_convolution(parameters, block(i) + dense(c), G0 + c * G, G, 3);
        declare_convolution(parameters, block(i) + ".LFF", G0 + C * G, G0, 1);
        parameters.declare(block(i) + ".SE.fc.0.weight", {G0 / s.reduction, G0});
        parameters.declare(block(i) + ".SE.fc.2.weight", {G0, G0 / s.reduction});
    }
    declare_convolution(parameters, "GFF.0", s.blocks * G0, G0, 1);
    declare_convolution(parameters, "GFF.1", G0, G0, 3);
    declare_convolution(parameters, "UPNet.0", G0, G, 3);
    declare_convolution(parameters, "UPNet.1", G, s.out, 3);
    draw_parameters(parameters, seed, type, device, 0.02);
}

Tensor Drdn::operator()(const std::vector<Tensor>& weights, const Tensor& x) const {
    require_image(x, settings.in, "DRDN");
    const Weights w(parameters, weights);
    using Images = std::vector<Tensor>;  // side by side along the channels
    auto conv = [&](const std::string& layer, const Images& input, int64_t dilation = 1, double slope = 1) {
        return convolution(w, layer, input, same_size(w[layer + ".weight"].size(2), dilation), slope);
    };
    const Tensor f1 = conv("SFENet1", {x});                                                      // (1)
    Tensor B = conv("SFENet2", {f1});                                                            // (1)
    Images blocks;
    for (int64_t i = 0; i < settings.blocks; ++i) {
        Images d = {B};
        for (size_t c = 0; c < settings.dilations.size(); ++c)
            d.push_back(conv(block(i) + dense(int64_t(c)), d, settings.dilations[c], 0));        // (2)
        const Tensor r = conv(block(i) + ".LFF", d);                                             // (3)
        const Tensor squeezed = relu(matmul(mean(r, {2, 3}), w[block(i) + ".SE.fc.0.weight"], {.b = true}));
        const Tensor s = sigmoid(matmul(squeezed, w[block(i) + ".SE.fc.2.weight"], {.b = true}));  // (4)
        B = reshape(s, Shape{r.size(0), r.size(1), 1, 1}) * r + B;                               // (5)
        blocks.push_back(B);
    }
    const Tensor F = conv("GFF.1", {conv("GFF.0", blocks)}) + f1;                                // (6)
    return conv("UPNet.1", {conv("UPNet.0", {F})});                                              // (7)
}

std::vector<Tensor> Drdn::recurrent(const std::vector<Tensor>& weights, const Tensor& x,
                                    const std::function<Tensor(const Tensor& image)>& consistency, int64_t recurrences,
                                    const Tensor& prior) const {
    if (recurrences < 1)
        fail(ExitCode::usage, "a DRDN with " + std::to_string(recurrences) + " recurrences", "there must be at least 1",
             "3 is the value of the MS-Glance paper");
    std::vector<Tensor> images;
    Tensor image = x;
    for (int64_t r = 0; r < recurrences; ++r) {
        image = consistency((*this)(weights, prior ? concatenate({image, prior}, 1) : image));  // (8)
        images.push_back(image);
    }
    return images;
}

}  // namespace adjoint
