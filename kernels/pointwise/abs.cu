// abs: y = |x|,  dL/dx = sign(x) dL/dy.  At x = 0 the derivative is 0.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct AbsRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return x < S(0.0) ? -x : x;
    }
};
}  // namespace
ADJOINT_POINTWISE(abs, AbsRule, 1)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_abs(const GradientCall& c) {
    return {c.cotangent() * sign(c.input(0))};
}

ADJOINT_OPERATION(abs) {
    return abs_kernels({
        .name = "abs",
        .equation = "y = |x|",
        .saved_inputs = {0},
        .gradient = gradient_of_abs,
        .samples = {{{{.shape = {3, 5}, .low = -1, .high = 1, .kinks = {0.0}}}},
                    {{{.shape = {1001}, .low = -1, .high = 1, .kinks = {0.0}}}},
                    {{{.shape = {1}, .low = -1, .high = 1, .kinks = {0.0}}}},
                    {{{.shape = {0, 3}, .low = -1, .high = 1, .kinks = {0.0}}}}},
    });
}
Tensor abs(const Tensor& x) { return abs_operation()({x}); }

}  // namespace adjoint
#endif
