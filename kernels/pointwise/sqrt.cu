// sqrt: y = √x,  dL/dx = dL/dy / (2 y).  NaN below 0. At 0 the derivative is infinite, as it is: where 0 can occur and
// the gradient must stay finite, use safe_sqrt(x, ε) = √(x + ε), whose value at 0 is √ε.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct SqrtRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return math::sqrt(x);
    }
};
struct SqrtGradient : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S y) const {
        return S(0.5) * g / y;
    }
};
}  // namespace
ADJOINT_POINTWISE(sqrt, SqrtRule, 1)
ADJOINT_POINTWISE_GRADIENT(sqrt, SqrtGradient, output())

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_sqrt(const GradientCall& c) {
    return {c.cotangent() * 0.5 / c.output()};
}

ADJOINT_OPERATION(sqrt) {
    return sqrt_kernels({
        .name = "sqrt",
        .equation = "y = √x",
        .saved_outputs = {0},
        .gradient = gradient_of_sqrt,
        .fast_gradient = fast_gradient_of_sqrt,
        .samples = pointwise_samples({{.low = 0.1, .high = 5}}),
    });
}

Tensor sqrt(const Tensor& x) { return sqrt_operation()({x}); }

Tensor safe_sqrt(const Tensor& x, double epsilon) {
    if (!(epsilon > 0))
        fail(ExitCode::usage, "safe_sqrt of " + x.shape().text() + " with epsilon = " + std::to_string(epsilon),
             "the gradient at 0 would not be finite", "epsilon must be above 0");
    return sqrt(affine(x, 1, epsilon));
}

}  // namespace adjoint
#endif
