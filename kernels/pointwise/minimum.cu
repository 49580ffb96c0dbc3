// minimum: y = min(a, b); dL/dy goes to the one that was taken, half to each where they are equal, summed over the axes
// along which an input was repeated. A NaN in either gives NaN, and no gradient there.
#include <type_traits>

#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct MinimumRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S a, S b) const {
        if constexpr (std::is_arithmetic_v<S>)
            return a < b ? a : b <= a ? b : a + b;  // the last: one is NaN
        else
            return a < b ? a : b < a ? b : S(0.5) * (a + b);
    }
};
// The first one's share.
struct MinimumGradient : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S a, S b) const {
        return a < b ? g : a == b ? S(0.5) * g : S(0.0);
    }
};
}  // namespace
ADJOINT_POINTWISE(minimum, MinimumRule, 2)
ADJOINT_POINTWISE(minimum_gradient, MinimumGradient, 3)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_minimum(const GradientCall& c) {
    const Tensor &a = c.input(0), &b = c.input(1), ties = equal(a, b) * 0.5;
    std::vector<Tensor> dL_d(2);
    if (c.needs(0)) dL_d[0] = sum_to(c.cotangent() * (less(a, b) + ties), c.input_spec(0).shape);
    if (c.needs(1)) dL_d[1] = sum_to(c.cotangent() * (less(b, a) + ties), c.input_spec(1).shape);
    return dL_d;
}

static std::vector<Tensor> fast_gradient_of_minimum(const GradientCall& c) {
    static const Operation share = minimum_gradient_kernels({.name = "gradient of minimum"});
    const Tensor &a = c.input(0), &b = c.input(1);
    std::vector<Tensor> dL_d(2);
    if (c.needs(0)) dL_d[0] = sum_to(share({c.cotangent(), a, b}), c.input_spec(0).shape);
    if (c.needs(1)) dL_d[1] = sum_to(share({c.cotangent(), b, a}), c.input_spec(1).shape);
    return dL_d;
}

ADJOINT_OPERATION(minimum) {
    return minimum_kernels({
        .name = "minimum",
        .equation = "y = min(a, b)",
        .saved_inputs = {0, 1},
        .gradient = gradient_of_minimum,
        .fast_gradient = fast_gradient_of_minimum,
        .samples = pointwise_samples({{}, {}}),
        .wrong = pointwise_wrong(2),
    });
}

Tensor minimum(const Tensor& a, const Tensor& b) { return minimum_operation()({a, b}); }

}  // namespace adjoint
#endif
