// tanh: y = tanh x,  dL/dx = (1 − y²) dL/dy.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct TanhRule : StatelessRule {
    using StatelessRule::StatelessRule;
    static constexpr bool in_vectors = true;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return math::tanh(x);
    }
};
struct TanhGradient : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S y) const {
        return g * (S(1.0) - y * y);
    }
};
}  // namespace
ADJOINT_POINTWISE(tanh, TanhRule, 1)
ADJOINT_POINTWISE_GRADIENT(tanh, TanhGradient, output())

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_tanh(const GradientCall& c) {
    return {c.cotangent() * (1.0 - square(c.output()))};
}

ADJOINT_OPERATION(tanh) {
    return tanh_kernels({
        .name = "tanh",
        .equation = "y = tanh x",
        .saved_outputs = {0},
        .gradient = gradient_of_tanh,
        .fast_gradient = fast_gradient_of_tanh,
        .samples = pointwise_samples({{.low = -3, .high = 3}}),
    });
}

Tensor tanh(const Tensor& x) { return tanh_operation()({x}); }

}  // namespace adjoint
#endif
