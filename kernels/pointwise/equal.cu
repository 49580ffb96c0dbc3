// equal: y = 1 where a = b, else 0: a mask. Constant between its jumps: its derivatives are 0. NaN compares
// false.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct EqualRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S a, S b) const {
        return a == b ? S(1.0) : S(0.0);
    }
};
}  // namespace
ADJOINT_POINTWISE(equal, EqualRule, 2)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_equal(const GradientCall& c) {
    return zero_gradients(c);
}

ADJOINT_OPERATION(equal) {
    return equal_kernels({
        .name = "equal",
        .equation = "y = a = b ? 1 : 0",
        .gradient = gradient_of_equal,
        .samples = pointwise_samples({{}, {}}),
        .wrong = pointwise_wrong(2),
    });
}

Tensor equal(const Tensor& a, const Tensor& b) { return equal_operation()({a, b}); }
Tensor equal(const Tensor& a, double b) { return equal(a, scalar_like(a, b)); }

}  // namespace adjoint
#endif
