// multiply: y = a · b,  dL/da = b dL/dy,  dL/db = a dL/dy, summed over the axes along which an input was repeated.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct MultiplyRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S a, S b) const {
        return a * b;
    }
};
}  // namespace
ADJOINT_POINTWISE(multiply, MultiplyRule, 2)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_multiply(const GradientCall& c) {
    std::vector<Tensor> dL_d(2);
    for (int i = 0; i < 2; ++i)
        if (c.needs(i)) dL_d[i] = sum_to(c.cotangent() * c.input(1 - i), c.input_spec(i).shape);
    return dL_d;
}

ADJOINT_OPERATION(multiply) {
    return multiply_kernels({
        .name = "multiply",
        .equation = "y = a · b",
        .saved_inputs = {0, 1},
        .gradient = gradient_of_multiply,
        .samples = pointwise_samples({{}, {}}),
        .wrong = pointwise_wrong(2),
    });
}

Tensor multiply(const Tensor& a, const Tensor& b) { return multiply_operation()({a, b}); }

}  // namespace adjoint
#endif
