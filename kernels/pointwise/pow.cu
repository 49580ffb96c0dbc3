// pow: y = a^b,  dL/da = b a^(b−1) dL/dy,  dL/db = y ln a dL/dy, summed over the axes along which an input was
// repeated. For a > 0; below it is NaN. At a = 0 the value is right and dL/db is NaN (0 · ∞). For a constant b
// see power.
#include "kernels/pointwise/pow.h"
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct PowRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S a, S b) const {
        return pow_positive(a, b);
    }
};
}  // namespace
ADJOINT_POINTWISE(pow, PowRule, 2)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_pow(const GradientCall& c) {
    const Tensor &a = c.input(0), &b = c.input(1), g = c.cotangent();
    std::vector<Tensor> dL_d(2);
    if (c.needs(0)) dL_d[0] = sum_to(g * b * pow(a, b - 1.0), c.input_spec(0).shape);
    if (c.needs(1)) dL_d[1] = sum_to(g * c.output() * log(a), c.input_spec(1).shape);
    return dL_d;
}

ADJOINT_OPERATION(pow) {
    return pow_kernels({
        .name = "pow",
        .equation = "y = a^b",
        .saved_inputs = {0, 1},
        .saved_outputs = {0},
        .gradient = gradient_of_pow,
        .samples = pointwise_samples({{.low = 0.2, .high = 3}, {.low = -2, .high = 2}}),
        .wrong = pointwise_wrong(2),
    });
}

Tensor pow(const Tensor& a, const Tensor& b) { return pow_operation()({a, b}); }

}  // namespace adjoint
#endif
