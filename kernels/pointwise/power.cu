// power: y = x^p for a constant p,  dL/dx = p x^(p−1) dL/dy.  For x < 0 and a p that is not whole it is NaN; at x = 0
// the derivative is infinite for p < 1, as it is.
#include "kernels/pointwise/pow.h"
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct PowerRule {
    double p;
    ADJOINT_INLINE explicit PowerRule(const KernelArguments& k) : p(k.real("p")) {}
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return pow_constant(x, p);
    }
};
struct PowerGradient : PowerRule {
    using PowerRule::PowerRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S x) const {
        return p == 0 ? S(0.0) * g : g * (S(p) * pow_constant(x, p - 1));
    }
};
}  // namespace
ADJOINT_POINTWISE(power, PowerRule, 1)
ADJOINT_POINTWISE_GRADIENT(power, PowerGradient, input(0))

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_power(const GradientCall& c) {
    const double p = c.attributes().real("p");
    if (p == 0) return {c.cotangent() * 0.0};
    return {c.cotangent() * power(c.input(0), p - 1) * p};
}

ADJOINT_OPERATION(power) {
    std::vector<Sample> samples = pointwise_samples({{.low = 0.2, .high = 3}}, {{"p", 1.7}});
    const InputSample both_signs{.shape = {67}, .low = -2, .high = 2, .kinks = {0.0}, .margin = 0.1};
    for (double p : {3.0, 4.0, -2.0, 0.0}) samples.push_back({{both_signs}, {{"p", p}}});
    return power_kernels({
        .name = "power",
        .equation = "y = x^p",
        .saved_inputs = {0},
        .gradient = gradient_of_power,
        .fast_gradient = fast_gradient_of_power,
        .samples = samples,
    });
}

Tensor power(const Tensor& x, double p) {
    if (p == 2) return square(x);
    if (p == 0.5) return sqrt(x);
    if (p == -1) return reciprocal(x);
    return power_operation()({x}, {{"p", p}});
}

}  // namespace adjoint
#endif
