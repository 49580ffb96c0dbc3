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
}  // namespace
ADJOINT_POINTWISE(gelu_tanh, GeluTanhRule, 1)

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
        .samples = {{{{.shape = {3, 5}, .low = -4, .high = 4}}},
                    {{{.shape = {1001}, .low = -4, .high = 4}}},
                    {{{.shape = {1}, .low = -4, .high = 4}}},
                    {{{.shape = {0, 3}, .low = -4, .high = 4}}}},
        // 1 + tanh cancels for x < 0: the error is 2^-24 of |x| there, not of the small y.
        .float32_tolerance = 1e-5,
    });
}
Tensor gelu_tanh(const Tensor& x) { return gelu_tanh_operation()({x}); }

}  // namespace adjoint
#endif
