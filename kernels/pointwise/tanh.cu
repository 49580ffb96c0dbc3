// tanh: y = tanh x,  dL/dx = (1 − y²) dL/dy.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct TanhRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return math::tanh(x);
    }
};
}  // namespace
ADJOINT_POINTWISE(tanh, TanhRule, 1)

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
        .samples = {{{{.shape = {3, 5}, .low = -3, .high = 3}}},
                    {{{.shape = {1001}, .low = -3, .high = 3}}},
                    {{{.shape = {1}, .low = -3, .high = 3}}},
                    {{{.shape = {0, 3}, .low = -3, .high = 3}}}},
    });
}
Tensor tanh(const Tensor& x) { return tanh_operation()({x}); }

}  // namespace adjoint
#endif
