// greater_equal: y = 1 where a ≥ b, else 0: a mask.  Constant between its jumps: its derivatives are 0.  NaN compares false.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct GreaterEqualRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S a, S b) const {
        return a >= b ? S(1.0) : S(0.0);
    }
};
}  // namespace
ADJOINT_POINTWISE(greater_equal, GreaterEqualRule, 2)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_greater_equal(const GradientCall& c) {
    std::vector<Tensor> dL_d(2);
    for (int i = 0; i < 2; ++i)
        if (c.needs(i)) dL_d[i] = sum_to(c.cotangent() * 0.0, c.input_spec(i).shape);
    return dL_d;
}

ADJOINT_OPERATION(greater_equal) {
    return greater_equal_kernels({
        .name = "greater_equal",
        .equation = "y = a ≥ b ? 1 : 0",
        .gradient = gradient_of_greater_equal,
        .samples = {{{{.shape = {3, 5}}, {.shape = {3, 5}}}},
                    {{{.shape = {2, 1, 7}}, {.shape = {4, 1}}}},
                    {{{.shape = {}}, {.shape = {33}}}},
                    {{{.shape = {5, 1, 3}}, {.shape = {1, 6, 1}}}},
                    {{{.shape = {0, 4}}, {.shape = {4}}}}},
        .wrong = {{{{{.shape = {3, 5}}, {.shape = {3, 4}}}}, "sizes 5 and 4 do not go together"}},
    });
}
Tensor greater_equal(const Tensor& a, const Tensor& b) { return greater_equal_operation()({a, b}); }

}  // namespace adjoint
#endif
