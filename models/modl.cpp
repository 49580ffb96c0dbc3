#include "models/modl.h"

#include "engine/error.h"
#include "engine/recompute.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"

namespace adjoint {

ModlSettings ModlSettings::original() {
    ModlSettings s;
    s.unrolls = 10;
    s.learn_lambda = true;
    s.start = Start::zero;
    s.solve = {.iterations = 10, .absolute = 1e-5, .gradient = SolveGradient::implicit};
    return s;
}

Modl::Modl(const ModlSettings& s, const std::function<Denoiser(uint64_t)>& denoiser, uint64_t seed) : settings(s) {
    if (s.unrolls < 1)
        fail(ExitCode::usage, "MoDL of " + std::to_string(s.unrolls) + " unrolls", "there must be at least 1");
    if (!(s.lambda > 0)) fail(ExitCode::usage, "MoDL with λ = " + std::to_string(s.lambda), "λ must be positive");
    std::vector<Denoiser> denoisers;
    for (int64_t k = 0; k < (s.shared_weights ? 1 : s.unrolls); ++k) denoisers.push_back(denoiser(seed + uint64_t(k)));
    denoise_ = denoisers[0].function;
    per_denoiser_ = denoisers[0].parameters.count();

    std::vector<Tensor> values;
    const Tensor like = per_denoiser_ ? denoisers[0].parameters.tensor(0) : Tensor::zeros({1});
    if (s.learn_lambda) {
        parameters.declare("lam1", {1});
        values.push_back(Tensor::full({1}, s.lambda, like.type(), like.device()));
    }
    for (size_t k = 0; k < denoisers.size(); ++k)
        for (int i = 0; i < denoisers[k].parameters.count(); ++i) {
            const Tensor t = denoisers[k].parameters.tensor(i);
            parameters.declare("unets." + std::to_string(k) + ".0." + denoisers[k].parameters.name(i), t.shape());
            values.push_back(t);
        }
    parameters.allocate(like.type(), like.device());
    parameters.gather(values);
}

std::vector<Tensor> Modl::weights_of(int64_t unroll, const std::vector<Tensor>& weights) const {
    if (int64_t(weights.size()) != parameters.count())
        fail(ExitCode::mismatch, "MoDL of " + std::to_string(parameters.count()) + " parameters",
             "it was given " + std::to_string(weights.size()) + " tensors", "give one per parameter, in their order");
    const auto first = weights.begin() + settings.learn_lambda + (settings.shared_weights ? 0 : unroll * per_denoiser_);
    return {first, first + per_denoiser_};
}

// x_k from x_{k−1}.
Complex Modl::unroll(const std::vector<Tensor>& weights, const Tensor& lambda, const Complex& x, const Complex& Ehy,
                     const CartesianEncoding& E) const {
    const Complex z = from_channels(denoise_(weights, to_channels(x)));     // (2)
    const Complex b = Ehy + z * lambda;
    using Start = ModlSettings::Start;
    const Complex start = settings.start == Start::zero ? Complex{} : settings.start == Start::denoised ? z : b;
    return solve_normal(E, lambda, b, start, settings.solve);               // (3)
}

// The same as a block of which the tape keeps the inputs alone.
Complex Modl::recomputed(const std::vector<Tensor>& weights, const Tensor& lambda, const Complex& x, const Complex& Ehy,
                         const CartesianEncoding& E) const {
    std::vector<Tensor> inputs = {lambda, x.data, Ehy.data, E.maps.data, E.mask};
    inputs.insert(inputs.end(), weights.begin(), weights.end());
    auto block = [model = *this](const std::vector<Tensor>& v) {
        const CartesianEncoding encoding(Complex{v[3]}, v[4]);
        return model.unroll({v.begin() + 5, v.end()}, v[0], Complex{v[1]}, Complex{v[2]}, encoding).data;
    };
    return {adjoint::recompute(block, inputs)};
}

std::vector<Complex> Modl::unrolled(const std::vector<Tensor>& weights, const Complex& y,
                                    const CartesianEncoding& E) const {
    const Tensor lambda = settings.learn_lambda ? weights[0] : scalar_like(y.data, settings.lambda);
    const Complex Ehy = E.adjoint(y);
    Complex x = Ehy;                                                        // (1)
    if (settings.first == ModlSettings::First::sense) x = solve_normal(E, lambda, Ehy, {}, settings.solve);
    std::vector<Complex> images;
    for (int64_t k = 0; k < settings.unrolls; ++k) {
        const std::vector<Tensor> w = weights_of(k, weights);
        x = settings.recompute ? recomputed(w, lambda, x, Ehy, E) : unroll(w, lambda, x, Ehy, E);
        images.push_back(x);
    }
    return images;
}

}  // namespace adjoint
