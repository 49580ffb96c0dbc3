// sin: y = sin x,  dL/dx = cos x dL/dy.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct SinRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return math::sin(x);
    }
};
}  // namespace
ADJOINT_POINTWISE(sin, SinRule, 1)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_sin(const GradientCall& c) {
    return {c.cotangent() * cos(c.input(0))};
}

ADJOINT_OPERATION(sin) {
    return sin_kernels({
        .name = "sin",
        .equation = "y = sin x",
        .saved_inputs = {0},
        .gradient = gradient_of_sin,
        .samples = {{{{.shape = {3, 5}, .low = -20, .high = 20}}},
                    {{{.shape = {1001}, .low = -20, .high = 20}}},
                    {{{.shape = {1}, .low = -20, .high = 20}}},
                    {{{.shape = {0, 3}, .low = -20, .high = 20}}}},
        .order = 3,
    });
}
Tensor sin(const Tensor& x) { return sin_operation()({x}); }

}  // namespace adjoint
#endif
