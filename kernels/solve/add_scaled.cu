// add_scaled: y = a + s b in one pass, with broadcasting: a step of a solver, s one number per image.
//   dL/da = g,  dL/ds = b g,  dL/db = s g, summed over repeated axes.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct AddScaledRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S a, S s, S b) const {
        return a + s * b;
    }
};
}  // namespace
ADJOINT_POINTWISE(add_scaled, AddScaledRule, 3)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
#include "kernels/solve/solve.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_add_scaled(const GradientCall& c) {
    const Tensor g = c.cotangent();
    std::vector<Tensor> dL_d(3);
    if (c.needs(0)) dL_d[0] = sum_to(g, c.input_spec(0).shape);
    if (c.needs(1)) dL_d[1] = sum_to(g * c.input(2), c.input_spec(1).shape);
    if (c.needs(2)) dL_d[2] = sum_to(g * c.input(1), c.input_spec(2).shape);
    return dL_d;
}

ADJOINT_OPERATION(add_scaled) {
    return add_scaled_kernels({
        .name = "add_scaled",
        .equation = "y = a + s b",
        .saved_inputs = {1, 2},
        .gradient = gradient_of_add_scaled,
        .samples = pointwise_samples({{}, {}, {}}),
        .wrong = pointwise_wrong(3),
    });
}

Tensor add_scaled(const Tensor& a, const Tensor& s, const Tensor& b) { return add_scaled_operation()({a, s, b}); }

}  // namespace adjoint
#endif
