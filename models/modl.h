// MoDL: an unrolled reconstruction, a learned denoiser and the measurement in turn.
//
// Aggarwal, Mani, Jacob: "MoDL: model-based deep learning architecture for inverse problems", IEEE TMI 38, 2019 (eq.
// 8–10, 14); published code: github.com/hkaggarwal/modl. As UFLoss uses it: Wang et al., arXiv 2108.12460, code:
// github.com/mikgroup/UFLoss.
//
//   y        N×coils×H×W complex   measured k-space, 0 where nothing was measured
//   E        encoding (models/forward/cartesian.h), Eᴴ its adjoint
//   x, z     N×H×W complex         image, denoised image
//   D_w      denoiser: N×2×H×W → N×2×H×W real, channels re and im
//   λ        weight of the denoised image, fixed or learned
//   K        unrolls
//
//   x_0 = Eᴴ y                                                       (1)
//   z_k = D_w(x_{k−1})                                               (2)
//   x_k = (Eᴴ E + λ)⁻¹ (Eᴴ y + λ z_k),  k = 1 … K, by conjugate gradients  (3)
//
// (1) may be SENSE instead, and (3) start from z_k (`ModlSettings`; reconet has the first as --initial-reco=sense).
//
// Where the codes differ (reference values of `ModlSettings`):
//             K    steps of (3)     start of (3)      gradient of (3)        λ
//   MoDL      10   10, ‖r‖ ≤ 1e-5   0                 implicit (see below)   learned, 0.05 at first
//   UFLoss    5    6, ‖r‖ < 1e-3    the right side    unrolled               0.05
// MoDL's own implicit gradient leaves out a term of dL/dλ, that of the operator; here it is complete
// (models/forward/solve_normal.h).
// UFLoss's code stops when every image of the batch is solved, ours image by image.
#pragma once
#include <functional>

#include "engine/parameters.h"
#include "models/forward/solve_normal.h"

namespace adjoint {

// A denoiser of any kind: its parameters, and N×2×H×W from N×2×H×W with given weights (in their order).
struct Denoiser {
    Parameters parameters;
    std::function<Tensor(const std::vector<Tensor>& weights, const Tensor& x)> function;
};

struct ModlSettings {
    int64_t unrolls = 5;             // K
    bool shared_weights = true;      // one D_w for all unrolls, or K of them
    double lambda = 0.05;            // λ, or its first value
    bool learn_lambda = false;
    // Where (3) starts from. denoised: z_k, from which on the steps of all unrolls work towards one solution.
    enum class Start { zero, right_side, denoised } start = Start::right_side;
    // x_0: of (1), or by SENSE, (Eᴴ E + λ)⁻¹ Eᴴ y: one solve more, and D_w sees images of one kind in all unrolls.
    enum class First { adjoint, sense } first = First::adjoint;
    bool recompute = false;          // keep the images between the unrolls alone, and compute each unroll twice
    SolveSettings solve = {.iterations = 6, .absolute = 1e-3, .gradient = SolveGradient::unrolled};  // of (3)

    static ModlSettings original();  // K = 10, learned λ, … as in the first line of the table
};

struct Modl {
    ModlSettings settings;
    // As in UFLoss's code: unets.K.0.NAME for the denoiser's parameters NAME of unroll K (0 where shared); before them,
    // where λ is learned, lam1 as in MoDL's code.
    Parameters parameters;

    // `denoiser` makes the denoiser from a seed: from `seed` for the first unroll, seed + 1 for the second, ….
    // Errors: no unrolls; λ not positive.
    Modl(const ModlSettings&, const std::function<Denoiser(uint64_t seed)>& denoiser, uint64_t seed = 0);

    // x_1 … x_K with the given weights (in the order of `parameters`; variables of a tape, to differentiate). The last
    // one is the reconstruction. y, maps and mask of E may be variables, too.
    std::vector<Complex> unrolled(const std::vector<Tensor>& weights, const Complex& y,
                                  const CartesianEncoding& E) const;
    Complex operator()(const std::vector<Tensor>& weights, const Complex& y, const CartesianEncoding& E) const {
        return unrolled(weights, y, E).back();
    }
    Complex operator()(const Complex& y, const CartesianEncoding& E) const {
        return (*this)(parameters.tensors(), y, E);
    }

private:
    Complex unroll(const std::vector<Tensor>& weights, const Tensor& lambda, const Complex& x, const Complex& Ehy,
                   const CartesianEncoding& E) const;
    Complex recomputed(const std::vector<Tensor>& weights, const Tensor& lambda, const Complex& x, const Complex& Ehy,
                       const CartesianEncoding& E) const;
    std::vector<Tensor> weights_of(int64_t unroll, const std::vector<Tensor>& weights) const;
    std::function<Tensor(const std::vector<Tensor>&, const Tensor&)> denoise_;
    int64_t per_denoiser_ = 0;  // parameters
};

}  // namespace adjoint
