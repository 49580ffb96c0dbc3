#include "models/layers.h"

#include <cmath>

#include "engine/error.h"
#include "engine/parallel.h"
#include "engine/philox.h"
#include "kernels/layout/layout.h"
#include "kernels/normalise/normalise.h"
#include "kernels/pointwise/pointwise.h"

namespace adjoint {

Weights::Weights(const Parameters& names, const std::vector<Tensor>& tensors) : names_(names), tensors_(tensors) {
    if (int(tensors.size()) != names.count())
        fail(ExitCode::mismatch, "a network of " + std::to_string(names.count()) + " parameters",
             "it was given " + std::to_string(tensors.size()) + " tensors", "give one per parameter, in their order");
}

int Weights::find(const std::string& name) const {
    for (int i = 0; i < names_.count(); ++i)
        if (names_.name(i) == name) return i;
    return -1;
}

const Tensor& Weights::operator[](const std::string& name) const {
    const int i = find(name);
    if (i < 0) fail(ExitCode::mismatch, "parameter " + name, "the network has none of this name");
    return tensors_[size_t(i)];
}

void declare_convolution(Parameters& parameters, const std::string& layer, int64_t in, int64_t out, int64_t kernel,
                         bool bias) {
    parameters.declare(layer + ".weight", {out, in, kernel, kernel});
    if (bias) parameters.declare(layer + ".bias", {out});
}

namespace {

bool ends_with(const std::string& text, const std::string& end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

void draw_parameters(Parameters& parameters, uint64_t seed, Type type, Device device, double deviation) {
    parameters.allocate(Type::float64, Device::cpu);
    const Philox random{seed, 0};
    int64_t place = 0;
    double bound = 0;  // of the weight drawn last, for its bias
    for (int i = 0; i < parameters.count(); ++i) {
        Tensor t = parameters.tensor(i);
        double* p = t.mutable_data<double>("initialisation");
        const bool bias = ends_with(parameters.name(i), ".bias");
        if (!bias) bound = t.rank() >= 2 ? std::sqrt(double(t.size(0)) / double(t.size())) : 0;
        const int64_t drawn = place;  // before this tensor
        parallel_for(t.size(), 8192, [&](int64_t begin, int64_t end) {
            for (int64_t k = begin; k < end; ++k) {
                const uint64_t n = uint64_t(drawn + k);
                if (bound == 0)
                    p[k] = bias ? 0 : 1;
                else if (deviation > 0)
                    // A normal number takes two places of the stream, so the uniform ones stand behind all of them.
                    p[k] = bias ? random.uniform(2 * uint64_t(parameters.size()) + n, -bound, bound)
                                : deviation * random.normal(n);
                else
                    p[k] = random.uniform(n, -bound, bound);
            }
        });
        place += t.size();
    }
    parameters = parameters.to(device).to(type);
}

namespace {

Tensor per_channel(const Tensor& v) { return reshape(v, Shape{1, v.size(), 1, 1}); }

Tensor with_bias(const Weights& w, const std::string& layer, const Tensor& y) {
    return w.has(layer + ".bias") ? y + per_channel(w[layer + ".bias"]) : y;
}

}  // namespace

Tensor convolution(const Weights& w, const std::string& layer, const std::vector<Tensor>& x,
                   const ConvolutionSettings& settings, double slope) {
    const std::string bias = layer + ".bias";
    return conv2d_layer(x, w[layer + ".weight"], w.has(bias) ? w[bias] : Tensor(), settings, slope);
}

Tensor convolution_up_2(const Weights& w, const std::string& layer, const Tensor& x) {
    return with_bias(w, layer,
                     conv2d_transposed(x, w[layer + ".weight"], 2 * x.size(2), 2 * x.size(3), {.stride = 2}));
}

void declare_batch_norm(Parameters& parameters, Parameters& statistics, const std::string& layer, int64_t channels) {
    parameters.declare(layer + ".weight", {channels});
    parameters.declare(layer + ".bias", {channels});
    statistics.declare(layer + ".running_mean", {channels});
    statistics.declare(layer + ".running_var", {channels});
}

void allocate_statistics(Parameters& statistics, Type type, Device device) {
    statistics.allocate(type, device);
    for (int i = 0; i < statistics.count(); ++i)
        if (ends_with(statistics.name(i), ".running_var"))
            statistics.tensor(i).copy_from(Tensor::full(statistics.tensor(i).shape(), 1, type, device));
}

Tensor batch_norm(const Weights& w, const Parameters& statistics, const std::string& layer, const Tensor& x,
                  Mode mode) {
    Tensor running_mean = statistics.tensor(layer + ".running_mean");
    Tensor running_variance = statistics.tensor(layer + ".running_var");
    const Tensor &gamma = w[layer + ".weight"], &beta = w[layer + ".bias"];
    if (mode == Mode::evaluation)
        return batch_norm_evaluation(x, gamma, beta, running_mean, running_variance);

    if (x.size(0) * x.size(2) * x.size(3) < 2)
        fail(ExitCode::mismatch, "batch norm " + layer + " in training, of " + x.shape().text(),
             "there is one value per channel, which has no deviation", "use larger images or batches");
    const BatchNorm normal = batch_norm(x, gamma, beta);
    if (mode == Mode::training) {
        const RunningStatistics moved = update_running({running_mean, running_variance}, normal);
        running_mean.copy_from(moved.mean);
        running_variance.copy_from(moved.variance);
    }
    return normal.y;
}

void require_image(const Tensor& x, int64_t channels, const std::string& who) {
    if (x.rank() != 4 || x.size(1) != channels || x.size() == 0)
        fail(ExitCode::mismatch, who + " of an image " + x.shape().text(),
             "the network takes N×" + std::to_string(channels) + "×H×W");
}

void require_sides(const Tensor& x, int64_t least, const std::string& who) {
    if (x.size(2) < least || x.size(3) < least)
        fail(ExitCode::mismatch, who + " of an image " + x.shape().text(),
             "both sides must be at least " + std::to_string(least), "pad the image");
}

}  // namespace adjoint
