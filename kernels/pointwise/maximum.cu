// maximum: y = max(a, b); dL/dy goes to the one that was taken, half to each where they are equal, summed over the axes
// along which an input was repeated. A NaN in either gives NaN, and no gradient there.
#include <type_traits>

#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct MaximumRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S a, S b) const {
        if constexpr (std::is_arithmetic_v<S>)
            return a > b ? a : b >= a ? b : a + b;  // the last: one is NaN
        else
            return a > b ? a : b > a ? b : S(0.5) * (a + b);
    }
};
// The first one's share.
struct MaximumGradient : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S a, S b) const {
        return a > b ? g : a == b ? S(0.5) * g : S(0.0);
    }
};
}  // namespace
ADJOINT_POINTWISE(maximum, MaximumRule, 2)
ADJOINT_POINTWISE(maximum_gradient, MaximumGradient, 3)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_maximum(const GradientCall& c) {
    const Tensor &a = c.input(0), &b = c.input(1), ties = equal(a, b) * 0.5;
    std::vector<Tensor> dL_d(2);
    if (c.needs(0)) dL_d[0] = sum_to(c.cotangent() * (greater(a, b) + ties), c.input_spec(0).shape);
    if (c.needs(1)) dL_d[1] = sum_to(c.cotangent() * (greater(b, a) + ties), c.input_spec(1).shape);
    return dL_d;
}

static std::vector<Tensor> fast_gradient_of_maximum(const GradientCall& c) {
    static const Operation share = maximum_gradient_kernels({.name = "gradient of maximum"});
    const Tensor &a = c.input(0), &b = c.input(1);
    std::vector<Tensor> dL_d(2);
    if (c.needs(0)) dL_d[0] = sum_to(share({c.cotangent(), a, b}), c.input_spec(0).shape);
    if (c.needs(1)) dL_d[1] = sum_to(share({c.cotangent(), b, a}), c.input_spec(1).shape);
    return dL_d;
}

ADJOINT_OPERATION(maximum) {
    return maximum_kernels({
        .name = "maximum",
        .equation = "y = max(a, b)",
        .saved_inputs = {0, 1},
        .gradient = gradient_of_maximum,
        .fast_gradient = fast_gradient_of_maximum,
        .samples = pointwise_samples({{}, {}}),
        .wrong = pointwise_wrong(2),
    });
}

Tensor maximum(const Tensor& a, const Tensor& b) { return maximum_operation()({a, b}); }

}  // namespace adjoint
#endif
