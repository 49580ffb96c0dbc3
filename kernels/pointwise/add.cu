// add: y = a + b,  dL/da = dL/db = dL/dy, summed over the axes along which an input was repeated.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct AddRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S a, S b) const {
        return a + b;
    }
};
}  // namespace
ADJOINT_POINTWISE(add, AddRule, 2)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_add(const GradientCall& c) {
    std::vector<Tensor> dL_d(2);
    for (int i = 0; i < 2; ++i)
        if (c.needs(i)) dL_d[i] = sum_to(c.cotangent(), c.input_spec(i).shape);
    return dL_d;
}

ADJOINT_OPERATION(add) {
    return add_kernels({
        .name = "add",
        .equation = "y = a + b",
        .gradient = gradient_of_add,
        .samples = pointwise_samples({{}, {}}),
        .wrong = pointwise_wrong(2),
    });
}

Tensor add(const Tensor& a, const Tensor& b) { return add_operation()({a, b}); }

}  // namespace adjoint
#endif
