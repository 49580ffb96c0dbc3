// relu: y = max(x, 0),  dL/dx = dL/dy where x > 0, else 0.  At x = 0 the derivative is 0. NaN stays NaN.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct ReluRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return x <= S(0.0) ? S(0.0) : x;
    }
};
struct ReluGradient : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S x) const {
        return x > S(0.0) ? g : S(0.0);
    }
};
}  // namespace
ADJOINT_POINTWISE(relu, ReluRule, 1)
ADJOINT_POINTWISE_GRADIENT(relu, ReluGradient, input(0))

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_relu(const GradientCall& c) {
    return {c.cotangent() * greater(c.input(0), 0.0)};
}

ADJOINT_OPERATION(relu) {
    return relu_kernels({
        .name = "relu",
        .equation = "y = max(x, 0)",
        .saved_inputs = {0},
        .gradient = gradient_of_relu,
        .fast_gradient = fast_gradient_of_relu,
        .samples = pointwise_samples({{.low = -1, .high = 1, .kinks = {0.0}}}),
    });
}

Tensor relu(const Tensor& x) { return relu_operation()({x}); }

}  // namespace adjoint
#endif
