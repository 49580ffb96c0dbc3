// The weights of a window along one axis. For every pass.
#pragma once
#include <cmath>

#include "kernels/window/axis.h"

namespace adjoint {

// Gaussian (σ > 0): w_t ∝ exp(−(t − ⌊size/2⌋)²/2σ²) with Σ w = 1. Uniform (σ = 0): w_t = 1. Returns Σ w.
ADJOINT_BOTH ADJOINT_INLINE double window_taps(int64_t size, double sigma, double* w) {
    double norm = 0, total = 0;
    for (int64_t t = 0; t < size; ++t) {
        const double d = double(t - size / 2);
        w[t] = sigma > 0 ? std::exp(-d * d / (2 * sigma * sigma)) : 1.0;
        norm += w[t];
    }
    for (int64_t t = 0; t < size; ++t) {
        if (sigma > 0) w[t] /= norm;
        total += w[t];
    }
    return total;
}

// Σ w over the part of the image that window i sees: exactly `total` = Σ w_t for a window wholly inside.
ADJOINT_BOTH ADJOINT_INLINE double weight_inside(const WindowAxis& a, const double* taps, double total, int64_t i) {
    if (a.end(i) - a.first(i) == a.size) return total;
    double inside = 0;
    for (int64_t s = a.first(i); s < a.end(i); ++s) inside += taps[a.tap(i, s)];
    return inside;
}

}  // namespace adjoint
