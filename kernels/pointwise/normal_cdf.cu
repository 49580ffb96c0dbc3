// normal_cdf: y = Φ(x) = (1 + erf(x/√2))/2, the normal distribution function.
// dL/dx = φ(x) dL/dy,  φ(x) = e^(−x²/2)/√(2π).
#include "kernels/pointwise/normal.h"
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct NormalCdfRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        S distribution, density;
        normal(x, &distribution, &density);
        return distribution;
    }
};
struct NormalCdfGradient : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S x) const {
        S distribution, density;
        normal(x, &distribution, &density);
        return g * density;
    }
};
}  // namespace
ADJOINT_POINTWISE(normal_cdf, NormalCdfRule, 1)
ADJOINT_POINTWISE_GRADIENT(normal_cdf, NormalCdfGradient, input(0))

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_normal_cdf(const GradientCall& c) {
    return {c.cotangent() * exp(square(c.input(0)) * -0.5) * 0.39894228040143267794};
}

ADJOINT_OPERATION(normal_cdf) {
    return normal_cdf_kernels({
        .name = "normal_cdf",
        .equation = "y = Φ(x)",
        .saved_inputs = {0},
        .gradient = gradient_of_normal_cdf,
        .fast_gradient = fast_gradient_of_normal_cdf,
        .samples = pointwise_samples({{.low = -4, .high = 4}}),
    });
}

Tensor normal_cdf(const Tensor& x) { return normal_cdf_operation()({x}); }

}  // namespace adjoint
#endif
