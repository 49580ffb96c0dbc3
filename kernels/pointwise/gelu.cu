// gelu: y = x Φ(x) with Φ(x) = (1 + erf(x/√2))/2, the exact form (Hendrycks and Gimpel 2016).
// dL/dx = (Φ(x) + x φ(x)) dL/dy, φ(x) = e^(−x²/2)/√(2π).
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct GeluRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return S(0.5) * x * (S(1.0) + math::erf(x * S(0.70710678118654752440)));
    }
};
}  // namespace
ADJOINT_POINTWISE(gelu, GeluRule, 1)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_gelu(const GradientCall& c) {
    const Tensor& x = c.input(0);
    Tensor cumulative = affine(erf(x * 0.70710678118654752440), 0.5, 0.5);
    Tensor density = exp(square(x) * -0.5) * 0.39894228040143267794;
    return {c.cotangent() * (cumulative + x * density)};
}

ADJOINT_OPERATION(gelu) {
    return gelu_kernels({
        .name = "gelu",
        .equation = "y = x Φ(x)",
        .saved_inputs = {0},
        .gradient = gradient_of_gelu,
        .samples = {{{{.shape = {3, 5}, .low = -4, .high = 4}}},
                    {{{.shape = {1001}, .low = -4, .high = 4}}},
                    {{{.shape = {1}, .low = -4, .high = 4}}},
                    {{{.shape = {0, 3}, .low = -4, .high = 4}}}},
        // 1 + erf cancels for x < 0: the error is 2^-24 of |x| there, not of the small y.
        .float32_tolerance = 1e-5,
    });
}
Tensor gelu(const Tensor& x) { return gelu_operation()({x}); }

}  // namespace adjoint
#endif
