// The similarity of two windows as a function of their statistics, and its derivatives. For every pass.
//
//   l = (2 μ_x μ_y + C1)/(μ_x² + μ_y² + C1)      luminance
//   k = (2 σ_x σ_y + C2)/(v_x + v_y + C2)        contrast
//   s = (c + C3)/(σ_x σ_y + C3)                  structure
//   S = the product of the chosen ones; k s = (2 c + C2)/(v_x + v_y + C2) where C3 = C2/2, without any root
// Z. Wang et al., IEEE TIP 13(4), 2004, eq. 6–13; structure alone is the Glance index, Z. Gao et al., WACV 2025, eq. 2.
//
// σ = √v has an infinite derivative at v = 0, on flat windows. Below v = ε = 10⁻¹² (a millionth of the range in σ) it
// is continued by the parabola that meets it with the same slope: σ = √ε (3 v/ε − (v/ε)²)/2. So every derivative is
// finite, and values above are untouched.
#pragma once
#include <cmath>
#include <type_traits>

#include "kernels/window/axis.h"

namespace adjoint {

constexpr double flat_variance = 1e-12, flat_deviation = 1e-6;  // ε, √ε

struct SimilarityRule {
    bool luminance, contrast, structure, combined;  // combined: k s in one
    double c1, c2, c3;
    double factor;  // of variances and covariance; n/(n − 1) makes them the sample's
};
ADJOINT_INLINE SimilarityRule similarity_rule(const KernelArguments& a) {
    const bool k = a.integer("contrast") != 0, s = a.integer("structure") != 0;
    const double c2 = a.real("C2"), c3 = a.real("C3");
    return {a.integer("luminance") != 0, k, s, k && s && c3 == c2 / 2, a.real("C1"), c2, c3, a.real("factor")};
}

template <class S>
ADJOINT_BOTH ADJOINT_INLINE S deviation(const S& v) {
    using std::sqrt;
    return v < S(flat_variance) ? v * (S(1.5) - v * S(0.5 / flat_variance)) * S(1 / flat_deviation) : S(sqrt(v));
}
// dσ/dv, where σ = deviation(v)
template <class S>
ADJOINT_BOTH ADJOINT_INLINE S deviation_slope(const S& v, const S& sigma) {
    return v < S(flat_variance) ? (S(1.5) - v * S(1 / flat_variance)) * S(1 / flat_deviation) : S(0.5) / sigma;
}

template <class S>
struct Similarity {
    S value, of_mean_x, of_var_x, of_cov;  // S, dS/dμ_x, dS/dv_x, dS/dc; those of y follow by exchanging x and y
};

// The variances and the covariance are those of the windows, before `factor`.
template <class S>
ADJOINT_BOTH ADJOINT_INLINE Similarity<S> similarity_of(const SimilarityRule& rule, const S& mean_x, const S& mean_y,
                                                        S var_x, S var_y, S cov) {
    const S C1(rule.c1), C2(rule.c2), C3(rule.c3), one(1.0), two(2.0), zero(0.0);
    var_x *= S(rule.factor), var_y *= S(rule.factor), cov *= S(rule.factor);
    S l = one, dl_dmean = zero, k = one, dk_dvar = zero, dk_dcov = zero, s = one, ds_dvar = zero, ds_dcov = zero;
    if (rule.luminance) {
        const S r = one / (mean_x * mean_x + mean_y * mean_y + C1);
        l = (two * mean_x * mean_y + C1) * r;
        dl_dmean = two * (mean_y - mean_x * l) * r;
    }
    if (rule.combined) {
        const S r = one / (var_x + var_y + C2);
        k = (two * cov + C2) * r;
        dk_dvar = -k * r;
        dk_dcov = two * r;
    } else {
        const S sigma_x = deviation(var_x), sigma_y = deviation(var_y);
        const S slope = deviation_slope(var_x, sigma_x) * sigma_y;
        if (rule.contrast) {
            const S r = one / (var_x + var_y + C2);
            k = (two * sigma_x * sigma_y + C2) * r;
            dk_dvar = (two * slope - k) * r;
        }
        if (rule.structure) {
            const S r = one / (sigma_x * sigma_y + C3);
            s = (cov + C3) * r;
            ds_dvar = -s * slope * r;
            ds_dcov = r;
        }
    }
    return {l * k * s, k * s * dl_dmean, S(rule.factor) * l * (s * dk_dvar + k * ds_dvar),
            S(rule.factor) * l * (s * dk_dcov + k * ds_dcov)};
}

}  // namespace adjoint
