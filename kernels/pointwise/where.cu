// where: y = a where the condition is not 0, else b.  dL/dy goes to the one taken; nothing goes to the condition. The
// one not taken may be NaN or ∞: neither y nor the gradient sees it.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct WhereRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S condition, S a, S b) const {
        return condition != S(0.0) ? a : b;
    }
};
}  // namespace
ADJOINT_POINTWISE(where, WhereRule, 3)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_where(const GradientCall& c) {
    const Tensor &condition = c.input(0), zero = scalar_like(condition, 0);
    std::vector<Tensor> dL_d(3);
    if (c.needs(0)) dL_d[0] = zero_gradients(c)[0];
    if (c.needs(1)) dL_d[1] = sum_to(where(condition, c.cotangent(), zero), c.input_spec(1).shape);
    if (c.needs(2)) dL_d[2] = sum_to(where(condition, zero, c.cotangent()), c.input_spec(2).shape);
    return dL_d;
}

ADJOINT_OPERATION(where) {
    return where_kernels({
        .name = "where",
        .equation = "y = condition ? a : b",
        .saved_inputs = {0},
        .gradient = gradient_of_where,
        .samples = pointwise_samples({{.kinks = {0.0}}, {}, {}}),
        .wrong = pointwise_wrong(3),
    });
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
    return where_operation()({condition, a, b});
}

}  // namespace adjoint
#endif
