// gelu: y = x Φ(x), Φ the normal distribution function (1 + erf(x/√2))/2: the exact form.
// dL/dx = (Φ(x) + x φ(x)) dL/dy,  φ(x) = e^(−x²/2)/√(2π).  D. Hendrycks, K. Gimpel 2016, arXiv:1606.08415.
#include "kernels/pointwise/normal.h"
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct GeluRule : StatelessRule {
    using StatelessRule::StatelessRule;
    static constexpr bool in_vectors = true;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        S distribution, density;
        normal(x, &distribution, &density);
        return x * distribution;
    }
};
struct GeluGradient : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S x) const {
        S distribution, density;
        normal(x, &distribution, &density);
        return g * (distribution + x * density);
    }
};
}  // namespace
ADJOINT_POINTWISE(gelu, GeluRule, 1)
ADJOINT_POINTWISE_GRADIENT(gelu, GeluGradient, input(0))

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_gelu(const GradientCall& c) {
    const Tensor& x = c.input(0);
    Tensor density = exp(square(x) * -0.5) * 0.39894228040143267794;
    return {c.cotangent() * (normal_cdf(x) + x * density)};
}

ADJOINT_OPERATION(gelu) {
    return gelu_kernels({
        .name = "gelu",
        .equation = "y = x Φ(x)",
        .saved_inputs = {0},
        .gradient = gradient_of_gelu,
        .fast_gradient = fast_gradient_of_gelu,
        .samples = pointwise_samples({{.low = -4, .high = 4}}),
    });
}

Tensor gelu(const Tensor& x) { return gelu_operation()({x}); }

}  // namespace adjoint
#endif
