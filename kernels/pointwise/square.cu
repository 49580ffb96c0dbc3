// square: y = x²,  dL/dx = 2 x dL/dy.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct SquareRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return x * x;
    }
};
struct SquareGradient : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S x) const {
        return S(2.0) * g * x;
    }
};
}  // namespace
ADJOINT_POINTWISE(square, SquareRule, 1)
ADJOINT_POINTWISE_GRADIENT(square, SquareGradient, input(0))

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_square(const GradientCall& c) {
    return {c.cotangent() * c.input(0) * 2.0};
}

ADJOINT_OPERATION(square) {
    return square_kernels({
        .name = "square",
        .equation = "y = x²",
        .saved_inputs = {0},
        .gradient = gradient_of_square,
        .fast_gradient = fast_gradient_of_square,
        .samples = pointwise_samples({{.low = -2, .high = 2}}),
    });
}

Tensor square(const Tensor& x) { return square_operation()({x}); }

}  // namespace adjoint
#endif
