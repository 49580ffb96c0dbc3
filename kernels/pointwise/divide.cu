// divide: y = a / b,  dL/da = dL/dy / b,  dL/db = −(dL/dy / b) y, summed over the axes along which an input was
// repeated. Division by 0 gives ±∞ or NaN, as it should.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct DivideRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S a, S b) const {
        return a / b;
    }
};
}  // namespace
ADJOINT_POINTWISE(divide, DivideRule, 2)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_divide(const GradientCall& c) {
    std::vector<Tensor> dL_d(2);
    Tensor g = c.cotangent() / c.input(1);
    if (c.needs(0)) dL_d[0] = sum_to(g, c.input_spec(0).shape);
    if (c.needs(1)) dL_d[1] = -sum_to(g * c.output(), c.input_spec(1).shape);
    return dL_d;
}

ADJOINT_OPERATION(divide) {
    return divide_kernels({
        .name = "divide",
        .equation = "y = a / b",
        .saved_inputs = {1},
        .saved_outputs = {0},
        .gradient = gradient_of_divide,
        .samples = pointwise_samples({{}, {.low = 0.5, .high = 2}}),
        .wrong = pointwise_wrong(2),
    });
}

Tensor divide(const Tensor& a, const Tensor& b) { return divide_operation()({a, b}); }

}  // namespace adjoint
#endif
