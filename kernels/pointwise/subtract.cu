// subtract: y = a − b,  dL/da = dL/dy,  dL/db = −dL/dy, summed over the axes along which an input was repeated.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct SubtractRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S a, S b) const {
        return a - b;
    }
};
}  // namespace
ADJOINT_POINTWISE(subtract, SubtractRule, 2)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_subtract(const GradientCall& c) {
    std::vector<Tensor> dL_d(2);
    if (c.needs(0)) dL_d[0] = sum_to(c.cotangent(), c.input_spec(0).shape);
    if (c.needs(1)) dL_d[1] = -sum_to(c.cotangent(), c.input_spec(1).shape);
    return dL_d;
}

ADJOINT_OPERATION(subtract) {
    return subtract_kernels({
        .name = "subtract",
        .equation = "y = a − b",
        .gradient = gradient_of_subtract,
        .samples = pointwise_samples({{}, {}}),
        .wrong = pointwise_wrong(2),
    });
}

Tensor subtract(const Tensor& a, const Tensor& b) { return subtract_operation()({a, b}); }

}  // namespace adjoint
#endif
