// cos: y = cos x,  dL/dx = −sin x dL/dy.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct CosRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return math::cos(x);
    }
};
}  // namespace
ADJOINT_POINTWISE(cos, CosRule, 1)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_cos(const GradientCall& c) {
    return {-(c.cotangent() * sin(c.input(0)))};
}

ADJOINT_OPERATION(cos) {
    return cos_kernels({
        .name = "cos",
        .equation = "y = cos x",
        .saved_inputs = {0},
        .gradient = gradient_of_cos,
        .samples = {{{{.shape = {3, 5}, .low = -20, .high = 20}}},
                    {{{.shape = {1001}, .low = -20, .high = 20}}},
                    {{{.shape = {1}, .low = -20, .high = 20}}},
                    {{{.shape = {0, 3}, .low = -20, .high = 20}}}},
        .order = 3,
    });
}
Tensor cos(const Tensor& x) { return cos_operation()({x}); }

}  // namespace adjoint
#endif
