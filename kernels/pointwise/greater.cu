// greater: y = 1 where a > b, else 0: a mask. Constant between its jumps: its derivatives are 0. NaN compares
// false.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct GreaterRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S a, S b) const {
        return a > b ? S(1.0) : S(0.0);
    }
};
}  // namespace
ADJOINT_POINTWISE(greater, GreaterRule, 2)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_greater(const GradientCall& c) {
    return zero_gradients(c);
}

ADJOINT_OPERATION(greater) {
    return greater_kernels({
        .name = "greater",
        .equation = "y = a > b ? 1 : 0",
        .gradient = gradient_of_greater,
        .samples = pointwise_samples({{}, {}}),
        .wrong = pointwise_wrong(2),
    });
}

Tensor greater(const Tensor& a, const Tensor& b) { return greater_operation()({a, b}); }
Tensor greater(const Tensor& a, double b) { return greater(a, scalar_like(a, b)); }

}  // namespace adjoint
#endif
