// abs: y = |x|,  dL/dx = sign(x) dL/dy.  At x = 0 the derivative is 0.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct AbsRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return x < S(0.0) ? -x : x > S(0.0) ? x : x - x;  // 0 with derivative 0, or NaN
    }
};
struct AbsGradient : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S x) const {
        return x > S(0.0) ? g : x < S(0.0) ? -g : S(0.0);
    }
};
}  // namespace
ADJOINT_POINTWISE(abs, AbsRule, 1)
ADJOINT_POINTWISE_GRADIENT(abs, AbsGradient, input(0))

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_abs(const GradientCall& c) {
    return {c.cotangent() * sign(c.input(0))};
}

ADJOINT_OPERATION(abs) {
    return abs_kernels({
        .name = "abs",
        .equation = "y = |x|",
        .saved_inputs = {0},
        .gradient = gradient_of_abs,
        .fast_gradient = fast_gradient_of_abs,
        .samples = pointwise_samples({{.low = -1, .high = 1, .kinks = {0.0}}}),
    });
}

Tensor abs(const Tensor& x) { return abs_operation()({x}); }

}  // namespace adjoint
#endif
