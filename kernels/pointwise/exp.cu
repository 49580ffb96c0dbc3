// exp: y = e^x,  dL/dx = y · dL/dy.  No kinks. Overflows to ∞ above 88.7 (float32), as e^x does.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct ExpRule : StatelessRule {
    using StatelessRule::StatelessRule;
    static constexpr bool in_vectors = true;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return math::exp(x);
    }
};
}  // namespace
ADJOINT_POINTWISE(exp, ExpRule, 1)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_exp(const GradientCall& c) {
    return {c.cotangent() * c.output()};
}

ADJOINT_OPERATION(exp) {
    return exp_kernels({
        .name = "exp",
        .equation = "y = e^x",
        .saved_outputs = {0},
        .gradient = gradient_of_exp,
        .samples = pointwise_samples({{.low = -3, .high = 3}}),
        .order = 3,
    });
}

Tensor exp(const Tensor& x) { return exp_operation()({x}); }

}  // namespace adjoint
#endif
