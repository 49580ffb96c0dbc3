// gelu_tanh: the tanh form of gelu, y = x/2 (1 + tanh t), t = √(2/π) (x + 0.044715 x³)  (Hendrycks and Gimpel 2016).
// dL/dx = ((1 + tanh t)/2 + x/2 (1 − tanh² t) t') dL/dy,  t' = √(2/π) (1 + 0.134145 x²).
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct GeluTanhRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        const S t = S(0.79788456080286535588) * (x + S(0.044715) * x * x * x);
        return S(0.5) * x * (S(1.0) + math::tanh(t));
    }
};
struct GeluTanhGradient : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S x) const {
        const S t = math::tanh(S(0.79788456080286535588) * (x + S(0.044715) * x * x * x));
        const S slope = S(0.79788456080286535588) * (S(1.0) + S(0.134145) * x * x);
        return g * S(0.5) * (S(1.0) + t + x * (S(1.0) - t * t) * slope);
    }
};
}  // namespace
ADJOINT_POINTWISE(gelu_tanh, GeluTanhRule, 1)
ADJOINT_POINTWISE_GRADIENT(gelu_tanh, GeluTanhGradient, input(0))

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_gelu_tanh(const GradientCall& c) {
    const Tensor& x = c.input(0);
    Tensor t = tanh((x + x * square(x) * 0.044715) * 0.79788456080286535588);
    Tensor slope = affine(square(x), 0.134145 * 0.79788456080286535588, 0.79788456080286535588);
    return {c.cotangent() * (affine(t, 0.5, 0.5) + x * (1.0 - square(t)) * slope * 0.5)};
}

ADJOINT_OPERATION(gelu_tanh) {
    return gelu_tanh_kernels({
        .name = "gelu_tanh",
        .equation = "y = x/2 (1 + tanh(√(2/π)(x + 0.044715 x³)))",
        .saved_inputs = {0},
        .gradient = gradient_of_gelu_tanh,
        .fast_gradient = fast_gradient_of_gelu_tanh,
        .samples = pointwise_samples({{.low = -4, .high = 4}}),
    });
}

Tensor gelu_tanh(const Tensor& x) { return gelu_tanh_operation()({x}); }

}  // namespace adjoint
#endif
