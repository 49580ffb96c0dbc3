// clamp: y = min(max(x, low), high),  dL/dx = dL/dy where low ≤ x ≤ high, else 0: the gradient passes at the bounds.
// NaN stays NaN.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct ClampRule {
    double low, high;
    ADJOINT_INLINE explicit ClampRule(const KernelArguments& k) : low(k.real("low")), high(k.real("high")) {}
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        x = x < S(low) ? S(low) : x;  // two plain selections: the compiler vectorises these
        return x > S(high) ? S(high) : x;
    }
};
struct ClampGradient : ClampRule {
    using ClampRule::ClampRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S x) const {
        g = x < S(low) ? S(0.0) : g;
        return x > S(high) ? S(0.0) : g;
    }
};
}  // namespace
ADJOINT_POINTWISE(clamp, ClampRule, 1)
ADJOINT_POINTWISE_GRADIENT(clamp, ClampGradient, input(0))

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_clamp(const GradientCall& c) {
    const Tensor& x = c.input(0);
    const double low = c.attributes().real("low"), high = c.attributes().real("high");
    return {c.cotangent() * (greater_equal(x, low) * less_equal(x, high))};
}

ADJOINT_OPERATION(clamp) {
    return clamp_kernels({
        .name = "clamp",
        .equation = "y = min(max(x, low), high)",
        .saved_inputs = {0},
        .gradient = gradient_of_clamp,
        .fast_gradient = fast_gradient_of_clamp,
        .samples = pointwise_samples({{.low = -1, .high = 1, .kinks = {-0.5, 0.25}}}, {{"low", -0.5}, {"high", 0.25}}),
    });
}

Tensor clamp(const Tensor& x, double low, double high) {
    if (!(low <= high))
        fail(ExitCode::usage, "clamp to [" + std::to_string(low) + ", " + std::to_string(high) + "]",
             "the interval is empty", "low must not be above high");
    return clamp_operation()({x}, {{"low", low}, {"high", high}});
}

}  // namespace adjoint
#endif
