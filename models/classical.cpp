#include "models/classical.h"

#include <algorithm>
#include <cmath>

#include "engine/error.h"
#include "engine/philox.h"
#include "engine/tape.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "kernels/solve/solve.h"
#include "kernels/wavelet/wavelet.h"
#include "models/forward/solve_normal.h"

namespace adjoint {
namespace {

using Regulariser = PicsSettings::Regulariser;

// z scaled by max(1 − t/r, 0), r its length (real, z's shape or broadcast); 0 where r = 0.
Tensor shrinkage(const Tensor& r, const Tensor& t) { return relu(r - t) / (r + equal(r, 0)); }

// The differences of an image along rows and columns, periodic; and their adjoint.
struct Differences {
    Complex h, w;
};
Complex shifted(const Complex& x, int64_t rows, int64_t columns) { return {roll(x.data, {0, rows, columns, 0})}; }
Differences gradient_of(const Complex& x) { return {shifted(x, -1, 0) - x, shifted(x, 0, -1) - x}; }
Complex minus_divergence(const Differences& d) {
    return shifted(d.h, 1, 0) - d.h + (shifted(d.w, 0, 1) - d.w);
}
Tensor length(const Differences& d) { return sqrt(squared_magnitude(d.h) + squared_magnitude(d.w)); }

struct Problem {
    const CartesianEncoding& E;
    const Complex& y;
    const PicsSettings& s;
    Complex Ehy;
    Tensor threshold;  // λ m, N×1×1
    Philox random;

    // The wavelet transform of the image moved by step k's shift, and back.
    std::vector<int64_t> shift(int k) const {
        if (!s.shifts) return {0, 0, 0, 0};
        const uint64_t n = 2 * uint64_t(k);
        return {0, int64_t(random.below(n, uint64_t(Ehy.size(1)))),
                int64_t(random.below(n + 1, uint64_t(Ehy.size(2)))), 0};
    }
    Complex analyse(const Complex& x, int k) const { return {wavelet(roll(x.data, shift(k)), 1, s.smallest)}; }
    Complex synthesise(const Complex& z, int k) const {
        std::vector<int64_t> back = shift(k);
        for (int64_t& b : back) b = -b;
        return {roll(inverse_wavelet(z.data, 1, s.smallest), back)};
    }

    // ½‖E x − y‖² + λ m R(x), R with the shift of step k.
    double objective(const Complex& x, int k) const {
        const Tensor R = s.regulariser == Regulariser::wavelet ? abs(analyse(x, k)) : length(gradient_of(x));
        const double misfit = sum_of_squares((E.forward(x) - y).data).item();
        return 0.5 * misfit + sum(R * threshold).item();
    }
};

// argmin_x ½‖x − v‖² + t R(x), t: N×1×1. `dual` keeps the dual variables of total variation from call to call.
Complex proximal(const Problem& p, const Complex& v, const Tensor& t, int k, Differences* dual) {
    if (p.s.regulariser == Regulariser::wavelet) {
        const Complex z = p.analyse(v, k);
        return p.synthesise(z * shrinkage(abs(z), t), k);
    }
    // x = v − t ∇ᴴ q, |q| ≤ 1: projected gradient on the dual with momentum; 8 bounds the norm of ∇∇ᴴ.
    const Tensor step = 1 / (8.0 * t);
    Differences q = *dual, r = q;
    double momentum = 1;
    for (int i = 0; i < p.s.inner; ++i) {
        const Differences g = gradient_of(v - minus_divergence(r) * t);
        Differences next{r.h + g.h * step, r.w + g.w * step};
        const Tensor inside = 1 / maximum(length(next), scalar_like(t, 1));
        next = {next.h * inside, next.w * inside};
        const double after = (1 + std::sqrt(1 + 4 * momentum * momentum)) / 2, beta = (momentum - 1) / after;
        r = {next.h + (next.h - q.h) * beta, next.w + (next.w - q.w) * beta};
        q = next;
        momentum = after;
    }
    *dual = q;
    return v - minus_divergence(q) * t;
}

PicsResult fista(const Problem& p, bool with_objective) {
    const Tensor square = p.E.maps ? sum(squared_magnitude(p.E.maps), {1}) : scalar_like(p.threshold, 1);
    const double L = max(square).item();
    Complex x = p.Ehy * 0.0, v = x;
    Differences dual{x, x};
    PicsResult result{x, {}};
    if (with_objective) result.objective.push_back(p.objective(x, 0));
    double momentum = 1;
    for (int k = 0; k < p.s.iterations; ++k) {
        const Complex descended = v - (p.E.normal(v) - p.Ehy) * (1 / L);
        const Complex next = proximal(p, descended, p.threshold / L, k, &dual);
        const double after = (1 + std::sqrt(1 + 4 * momentum * momentum)) / 2;
        v = next + (next - x) * ((momentum - 1) / after);
        x = next;
        momentum = after;
        if (with_objective) result.objective.push_back(p.objective(x, k));
    }
    result.x = x;
    return result;
}

// x ← argmin ½‖E x − y‖² + ρ/2 ‖Ψ x − z + u‖²,  z ← shrink(Ψ x + u, λ m/ρ),  u ← u + Ψ x − z, for Ψ = W or ∇.
// With shifts W changes from step to step; u is carried over in image space.
PicsResult admm(const Problem& p, bool with_objective) {
    const bool wavelets = p.s.regulariser == Regulariser::wavelet;
    const Tensor t = p.threshold / p.s.rho;
    const Tensor rho = scalar_like(p.threshold, p.s.rho);
    Complex x = p.Ehy * 0.0;
    Complex target = x;          // Ψᴴ (z − u)
    Differences u{x, x};
    Complex u_image = x;         // Wᴴ u
    PicsResult result{x, {}};
    if (with_objective) result.objective.push_back(p.objective(x, 0));
    auto A = [&](const Complex& v) {
        return p.E.normal(v) + (wavelets ? v : minus_divergence(gradient_of(v))) * rho;
    };
    for (int k = 0; k < p.s.iterations; ++k) {
        x = conjugate_gradient(A, p.Ehy + target * rho, x, {.iterations = p.s.inner, .tolerance = 1e-6});
        if (wavelets) {
            const Complex w = p.analyse(x + u_image, k), z = w * shrinkage(abs(w), t);
            u_image = p.synthesise(w - z, k);
            target = p.synthesise(z, k) - u_image;
        } else {
            const Differences g = gradient_of(x), w{g.h + u.h, g.w + u.w};
            const Tensor keep = shrinkage(length(w), t);
            const Differences z{w.h * keep, w.w * keep};
            u = {w.h - z.h, w.w - z.w};
            target = minus_divergence({z.h - u.h, z.w - u.w});
        }
        if (with_objective) result.objective.push_back(p.objective(x, k));
    }
    result.x = x;
    return result;
}

}  // namespace

Complex zero_filled(const CartesianEncoding& E, const Complex& y) { return E.adjoint(y); }

Complex sense(const CartesianEncoding& E, const Complex& y, double lambda, int iterations, double tolerance) {
    if (!(lambda >= 0)) fail(ExitCode::usage, "a SENSE reconstruction", "λ must be at least 0");
    PauseRecording pause;
    return solve_normal(E, scalar_like(y.data, lambda), E.adjoint(y), {},
                        {.iterations = iterations, .tolerance = tolerance});
}

PicsResult pics(const CartesianEncoding& E, const Complex& y, const PicsSettings& s, bool with_objective) {
    if (!(s.lambda > 0) || !(s.rho > 0) || s.iterations < 1 || s.inner < 1 || s.smallest < 1)
        fail(ExitCode::usage, "a PICS reconstruction", "λ and ρ must be positive, iterations and sizes at least 1");
    PauseRecording pause;
    const Complex Ehy = E.adjoint(y);
    const Tensor m = max(abs(Ehy), {1, 2});
    // An image without data stays 0: any threshold does.
    const Tensor threshold = reshape(s.lambda * (m + equal(m, 0)), Shape{m.size(), 1, 1});
    const Problem p{E, y, s, Ehy, threshold, Philox{s.seed, 0x70696373}};
    return s.algorithm == PicsSettings::Algorithm::fista ? fista(p, with_objective) : admm(p, with_objective);
}

}  // namespace adjoint
