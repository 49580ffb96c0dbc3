// sigmoid: y = 1 / (1 + e^−x),  dL/dx = y (1 − y) dL/dy.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct SigmoidRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return math::sigmoid(x);
    }
};
struct SigmoidGradient : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S y) const {
        return g * y * (S(1.0) - y);
    }
};
}  // namespace
ADJOINT_POINTWISE(sigmoid, SigmoidRule, 1)
ADJOINT_POINTWISE_GRADIENT(sigmoid, SigmoidGradient, output())

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_sigmoid(const GradientCall& c) {
    return {c.cotangent() * c.output() * (1.0 - c.output())};
}

ADJOINT_OPERATION(sigmoid) {
    return sigmoid_kernels({
        .name = "sigmoid",
        .equation = "y = 1 / (1 + e^−x)",
        .saved_outputs = {0},
        .gradient = gradient_of_sigmoid,
        .fast_gradient = fast_gradient_of_sigmoid,
        .samples = pointwise_samples({{.low = -5, .high = 5}}),
    });
}

Tensor sigmoid(const Tensor& x) { return sigmoid_operation()({x}); }

}  // namespace adjoint
#endif
