// minimum: y = min(a, b); dL/dy goes to the one that was taken, half to each where they are equal.
// A NaN in either gives NaN.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct MinimumRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S a, S b) const {
        return a < b ? a : b < a ? b : a * S(0.5) + b * S(0.5);
    }
};
}  // namespace
ADJOINT_POINTWISE(minimum, MinimumRule, 2)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_minimum(const GradientCall& c) {
    Tensor first = less(c.input(0), c.input(1)) + equal(c.input(0), c.input(1)) * 0.5;
    std::vector<Tensor> dL_d(2);
    if (c.needs(0)) dL_d[0] = sum_to(c.cotangent() * first, c.input_spec(0).shape);
    if (c.needs(1)) dL_d[1] = sum_to(c.cotangent() * (1.0 - first), c.input_spec(1).shape);
    return dL_d;
}

ADJOINT_OPERATION(minimum) {
    return minimum_kernels({
        .name = "minimum",
        .equation = "y = min(a, b)",
        .saved_inputs = {0, 1},
        .gradient = gradient_of_minimum,
        .samples = {{{{.shape = {3, 5}}, {.shape = {3, 5}}}},
                    {{{.shape = {2, 1, 7}}, {.shape = {4, 1}}}},
                    {{{.shape = {}}, {.shape = {33}}}},
                    {{{.shape = {5, 1, 3}}, {.shape = {1, 6, 1}}}},
                    {{{.shape = {0, 4}}, {.shape = {4}}}}},
        .wrong = {{{{{.shape = {3, 5}}, {.shape = {3, 4}}}}, "sizes 5 and 4 do not go together"}},
    });
}
Tensor minimum(const Tensor& a, const Tensor& b) { return minimum_operation()({a, b}); }

}  // namespace adjoint
#endif
