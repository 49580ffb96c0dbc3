// What `adjoint bench` measures of networks on images: convolutions at DRDN's and the U-Nets' shapes, and the passes between
// them, which memory bounds.
#include "tools/bench/image_cases.h"

#include "engine/tape.h"
#include "kernels/convolution/convolution.h"
#include "kernels/normalise/normalise.h"
#include "kernels/sampling/sampling.h"

namespace adjoint::bench {

namespace {

using Visit = std::function<void(const Case&)>;

// Forward and both gradients of a convolution of ci×h×w into co channels.
void convolution(const Wanted& wanted, const Pattern& pattern, const Visit& visit, const std::string& group, int64_t ci,
                 int64_t co, int64_t size, int64_t kernel, int64_t dilation) {
    const std::string name = std::to_string(ci) + "→" + std::to_string(co) + " " + Shape({size, size}).text() +
                             (kernel > 1 ? " dilation " + std::to_string(dilation) : "");
    if (!wanted(group, name)) return;
    const Tensor x = pattern({1, ci, size, size}), y = pattern({1, co, size, size}), w = pattern({co, ci, kernel, kernel});
    const ConvolutionSettings s{1, dilation, dilation * (kernel / 2), 1};
    const double flops = 2.0 * double(kernel * kernel * ci * co * size * size);
    visit({group, name + ", forward", Bound::arithmetic, flops, [&] { conv2d(x, w, s); }, 9});
    visit({group, name + ", dL/dx", Bound::arithmetic, flops, [&] { conv2d_transposed(y, w, size, size, s); }, 9});
    visit({group, name + ", dL/dw", Bound::arithmetic, flops, [&] { conv2d_weight(x, y, kernel, kernel, s); }, 9});
}

// The transposed convolutions with which U-Nets double their images, 2×2 with stride 2.
void doubling(const Wanted& wanted, const Pattern& pattern, const Visit& visit, int64_t ci, int64_t co, int64_t size) {
    const std::string group = "conv2d 2×2/2", name = std::to_string(ci) + "→" + std::to_string(co) + " " +
                                                     Shape({size, size}).text() + " transposed";
    if (!wanted(group, name)) return;
    const Tensor x = pattern({1, ci, size, size}), y = pattern({1, co, 2 * size, 2 * size}), w = pattern({ci, co, 2, 2});
    const ConvolutionSettings s{.stride = 2};
    const double flops = 8.0 * double(ci * co * size * size);
    visit({group, name + ", forward", Bound::arithmetic, flops, [&] { conv2d_transposed(x, w, 2 * size, 2 * size, s); }, 9});
    visit({group, name + ", dL/dx", Bound::arithmetic, flops, [&] { conv2d(y, w, s); }, 9});
    visit({group, name + ", dL/dw", Bound::arithmetic, flops, [&] { conv2d_weight(y, x, 2, 2, s); }, 9});
}

// 64 channels of 512×512, 64 MB, with the gradient; `forward` and `backward`: numbers moved per number of x.
void passes(const Wanted& wanted, const Pattern& pattern, const Visit& visit) {
    const double bytes = 64.0 * 512 * 512 * 4;
    auto both = [&](const char* group, const std::string& name, double forward, double backward,
                    const std::function<Tensor(const Tensor&)>& f) {
        if (!wanted(group, name)) return;
        const Tensor x = pattern({1, 64, 512, 512});
        visit({group, name, Bound::memory, forward * bytes, [&] { f(x); }, 7});
        Tape tape;
        const Tensor v = tape.variable(x), y = f(v), cotangent = y.constant();
        visit({group, name + ", gradient", Bound::memory, backward * bytes,
               [&] { gradient(y, {v}, {.cotangent = cotangent, .keep = true}); }, 7});
    };
    // Max pooling also writes, and its gradient reads, the places of the maxima: 8 bytes per window.
    both("sampling", "max pool 2×2", 1.75, 1.75, [](const Tensor& x) { return max_pool(x); });
    both("sampling", "average pool 2×2", 1.25, 1.25, [](const Tensor& x) { return average_pool(x); });
    both("sampling", "up-sampling ×2, bilinear", 5, 5, [](const Tensor& x) { return upsample_bilinear(x, 2.0, true); });
    both("sampling", "up-sampling ×2, nearest", 5, 5, [](const Tensor& x) { return upsample_nearest(x, 2.0); });
    // Norms read x twice, their gradients x and the cotangent twice; a group that fits in a cache is read once.
    const Tensor gamma = pattern({64}), beta = pattern({64});
    both("norm", "batch", 3, 5, [&](const Tensor& x) { return batch_norm(x, gamma, beta).y; });
    both("norm", "instance", 3, 5, [&](const Tensor& x) { return instance_norm(x); });
    const Tensor last = pattern({512});
    both("norm", "layer, 512 numbers", 2, 3, [&](const Tensor& x) { return layer_norm(x, last, last); });
}

}  // namespace

void image_cases(const Wanted& wanted, const Pattern& pattern, const Visit& visit) {
    struct Layer {
        int64_t ci, co, size;
    };
    for (Layer l : {Layer{32, 32, 256}, Layer{128, 32, 256}, Layer{64, 64, 320}, Layer{512, 512, 40}})
        for (int64_t d : {1, 2, 3}) convolution(wanted, pattern, visit, "conv2d 3×3", l.ci, l.co, l.size, 3, d);
    for (Layer l : {Layer{160, 32, 256}, Layer{96, 32, 256}, Layer{64, 2, 320}})
        convolution(wanted, pattern, visit, "conv2d 1×1", l.ci, l.co, l.size, 1, 1);
    for (Layer l : {Layer{64, 32, 160}, Layer{512, 256, 20}}) doubling(wanted, pattern, visit, l.ci, l.co, l.size);
    passes(wanted, pattern, visit);
}

}  // namespace adjoint::bench
