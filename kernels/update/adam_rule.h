// Adam and AdamW differ in where the weight decay λ enters; at step t, elementwise:
//   p ← p (1 − η λ)                                    AdamW only
//   g ← g + λ p                                        Adam only
//   m ← m + (1 − β₁)(g − m)
//   v ← β₂ v + (1 − β₂) g²
//   p ← p − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
#pragma once
#include <cmath>

#include "kernels/update/rule.h"

namespace adjoint {
namespace {

template <bool decoupled>
struct AdamRule {
    double weight_decay, keep, one_minus_beta1, beta2, one_minus_beta2, step_size, correction2, epsilon;

    ADJOINT_INLINE explicit AdamRule(const KernelArguments& a) {
        const double rate = a.real("learning_rate"), beta1 = a.real("beta1"), t = double(a.integer("step"));
        beta2 = a.real("beta2");
        epsilon = a.real("epsilon");
        weight_decay = a.real("weight_decay");
        keep = 1 - rate * weight_decay;
        one_minus_beta1 = 1 - beta1;
        one_minus_beta2 = 1 - beta2;
        step_size = rate / (1 - ::pow(beta1, t));
        correction2 = 1 / ::sqrt(1 - ::pow(beta2, t));
    }
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE void operator()(S& p, S g, S& m, S& v) const {
        if (decoupled)
            p = p * S(keep);
        else
            g = g + S(weight_decay) * p;
        m = m + S(one_minus_beta1) * (g - m);
        v = S(beta2) * v + S(one_minus_beta2) * g * g;
        p = p - S(step_size) * m / (math::sqrt(v) * S(correction2) + S(epsilon));
    }
};

#if ADJOINT_HOST
inline std::vector<TensorSpec> infer_adam(const Signature& s) {
    const Attributes& a = s.attributes;
    const double rate = a.real("learning_rate"), decay = a.real("weight_decay");
    auto in_unit = [](double x) { return x >= 0 && x < 1; };
    require_setting(s, std::isfinite(rate) && rate >= 0, "learning_rate", "0 or more");
    require_setting(s, in_unit(a.real("beta1")), "beta1", "from 0 to below 1");
    require_setting(s, in_unit(a.real("beta2")), "beta2", "from 0 to below 1");
    require_setting(s, a.real("epsilon") > 0, "epsilon", "above 0");
    require_setting(s, std::isfinite(decay) && decay >= 0, "weight_decay", "0 or more");
    require_setting(s, a.integer("step") >= 1, "step", "1 or more: the first step is step 1");
    return infer_update(s);
}

inline Attributes adam_attributes(double rate, double beta1, double beta2, double epsilon, double decay, int64_t step) {
    return {{"learning_rate", rate}, {"beta1", beta1}, {"beta2", beta2}, {"epsilon", epsilon}, {"weight_decay", decay},
            {"step", step}};
}

// p, g, m and v ≥ 0 of one shape.
inline std::vector<InputSample> adam_inputs(const Shape& shape) {
    return {{.shape = shape}, {.shape = shape}, {.shape = shape}, {.shape = shape, .low = 0}};
}

inline std::vector<Sample> adam_samples() {
    return {{adam_inputs({3, 5}), adam_attributes(1e-2, 0.9, 0.999, 1e-8, 0, 1)},
            {adam_inputs({1009}), adam_attributes(1e-3, 0.5, 0.99, 1e-4, 0.1, 7)},
            {adam_inputs({40001}), adam_attributes(1e-1, 0, 0.999, 1e-8, 1e-2, 100000)},
            {adam_inputs({1}), adam_attributes(0, 0.9, 0, 1e-8, 0.5, 2)},
            {adam_inputs({0}), adam_attributes(1e-3, 0.9, 0.999, 1e-8, 0, 3)}};
}

inline std::vector<WrongSample> adam_wrong() {
    std::vector<InputSample> other = adam_inputs({3});
    other[2].shape = {4};
    auto call = [](double rate, double beta1, double beta2, double epsilon, double decay, int64_t step) {
        return Sample{adam_inputs({3}), adam_attributes(rate, beta1, beta2, epsilon, decay, step)};
    };
    return {{{other, adam_attributes(1e-3, 0.9, 0.999, 1e-8, 0, 1)}, "the shapes differ"},
            {call(-1, 0.9, 0.999, 1e-8, 0, 1), "learning_rate is out of range"},
            {call(1e-3, 1, 0.999, 1e-8, 0, 1), "beta1 is out of range"},
            {call(1e-3, 0.9, -0.1, 1e-8, 0, 1), "beta2 is out of range"},
            {call(1e-3, 0.9, 0.999, 0, 0, 1), "epsilon is out of range"},
            {call(1e-3, 0.9, 0.999, 1e-8, -1, 1), "weight_decay is out of range"},
            {call(1e-3, 0.9, 0.999, 1e-8, 0, 0), "step is out of range"}};
}
#endif

}  // namespace
}  // namespace adjoint
