#include "models/siren.h"

#include <cmath>

#include "engine/philox.h"
#include "kernels/layout/layout.h"
#include "kernels/linear/linear.h"
#include "kernels/network/network.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"

namespace adjoint {

namespace {

void check(const SirenSettings& s) {
    if (s.in < 1 || s.out < 1 || s.width < 1 || s.hidden_layers < 0)
        fail(ExitCode::usage,
             "a SIREN of " + std::to_string(s.in) + " inputs, " + std::to_string(s.hidden_layers) +
                 " hidden layers of width " + std::to_string(s.width) + " and " + std::to_string(s.out) + " outputs",
             "inputs, width and outputs must be at least 1, hidden layers at least 0");
    if (!(s.first_omega > 0) || !(s.hidden_omega > 0) || std::isinf(s.first_omega) || std::isinf(s.hidden_omega))
        fail(ExitCode::usage, "a SIREN with ω₀ = " + std::to_string(s.first_omega) + " and " +
             std::to_string(s.hidden_omega), "ω₀ must be positive and finite", "30 is the published value");
}

void draw_uniform(Tensor t, double bound, const Philox& random, uint64_t first) {
    double* p = t.mutable_data<double>("initialisation");
    for (int64_t i = 0; i < t.size(); ++i) p[i] = random.uniform(first + uint64_t(i), -bound, bound);
}

}  // namespace

Siren::Siren(const SirenSettings& s, uint64_t seed, Type type, Device device) : settings(s) {
    check(s);
    const int64_t last = s.hidden_layers + 1;
    for (int64_t l = 0; l <= last; ++l) {
        std::string name = "net." + std::to_string(l) + (l < last ? ".linear" : "");
        int64_t in = l == 0 ? s.in : s.width, out = l == last ? s.out : s.width;
        parameters.declare(name + ".weight", {out, in});
        parameters.declare(name + ".bias", {out});
    }
    parameters.allocate(Type::float64, Device::cpu);

    Philox random{seed, 0};
    uint64_t position = 0;
    for (int i = 0; i < parameters.count(); i += 2) {
        Tensor W = parameters.tensor(i), b = parameters.tensor(i + 1);
        double in = double(W.size(1));
        draw_uniform(W, i == 0 ? 1 / in : std::sqrt(6 / in) / s.hidden_omega, random, position);
        draw_uniform(b, 1 / std::sqrt(in), random, position + uint64_t(W.size()));
        position += uint64_t(W.size() + b.size());
    }
    parameters = parameters.to(device).to(type);
}

Tensor Siren::operator()(const std::vector<Tensor>& weights, const Tensor& x) const {
    const size_t L = size_t(settings.hidden_layers) + 1;
    auto W = [&](size_t l) { return weights[2 * l]; };
    auto b = [&](size_t l) { return weights[2 * l + 1]; };
    Tensor h = sine_layer(x, W(0), b(0), settings.first_omega);                            // (1)
    for (size_t l = 1; l < L; ++l) h = sine_layer(h, W(l), b(l), settings.hidden_omega);  // (2)
    return matmul(h, W(L), {.b = true}) + b(L);                                            // (3)
}

std::vector<Tensor> Siren::step(const Tensor& x, const Tensor& target, const std::string& loss) const {
    return siren_step(target, x, parameters.tensors(), {settings.first_omega, settings.hidden_omega}, loss);
}

Tensor Siren::in_blocks(const std::vector<Tensor>& weights, const Tensor& x) const {
    return siren_network(x, weights, {settings.first_omega, settings.hidden_omega});
}

Tensor image_coordinates(int64_t height, int64_t width, Type type, Device device) {
    if (height < 1 || width < 1)
        fail(ExitCode::usage, "coordinates of a " + std::to_string(height) + "×" + std::to_string(width) + " image",
             "it has no pixels");
    auto along = [](int64_t i, int64_t n) { return n == 1 ? 0.0 : -1 + 2 * double(i) / double(n - 1); };
    std::vector<double> x;
    x.reserve(size_t(2 * height * width));
    for (int64_t i = 0; i < height; ++i)
        for (int64_t j = 0; j < width; ++j) {
            x.push_back(along(i, height));
            x.push_back(along(j, width));
        }
    return Tensor::from(x, {height * width, 2}).to(device).to(type);
}

Tensor pixels_to_image(const Tensor& values, int64_t height, int64_t width) {
    const int64_t channels = values.size(-1);
    if (values.rank() != 2 || values.size(0) != height * width)
        fail(ExitCode::usage, "pixel values " + values.shape().text() + " as an image of " + std::to_string(height) + "×" +
             std::to_string(width), "they must be one row per pixel");
    return reshape(permute(values, {1, 0}), Shape{1, channels, height, width});
}

Tensor image_to_pixels(const Tensor& image) {
    if (image.rank() != 4 || image.size(0) != 1)
        fail(ExitCode::usage, "the pixels of an image " + image.shape().text(), "it must be 1×C×H×W");
    return permute(reshape(image, std::vector<int64_t>{image.size(1), -1}), {1, 0});
}

Tensor coordinate_gradient(const Tensor& phi, const Tensor& x) {
    if (phi.rank() != 2 || phi.size(1) != 1)
        fail(ExitCode::usage, "the coordinate gradient of a network output " + phi.shape().text(),
             "it must be rows×1", "take one channel at a time");
    // Row i of Φ depends on row i of x alone, so the gradient of ΣΦ holds ∇Φ row by row.
    return gradient(sum(phi), {x}, {.create_graph = true})[0];
}

Tensor coordinate_laplacian(const Tensor& phi, const Tensor& x) {
    Tensor d = coordinate_gradient(phi, x);
    Tensor laplacian;
    for (int64_t k = 0; k < x.size(1); ++k) {
        std::vector<double> unit(size_t(x.size(1)), 0.0);
        unit[size_t(k)] = 1;
        Tensor e = Tensor::from(unit, {1, x.size(1)}).to(x.device()).to(x.type());
        Tensor second = gradient(sum(d * e), {x}, {.create_graph = true})[0];  // row i: ∂(∂Φ/∂x_k)/∂x
        Tensor term = sum(second * e, {1});                                    // ∂²Φ/∂x_k²
        laplacian = laplacian ? laplacian + term : term;
    }
    return laplacian;
}

}  // namespace adjoint
