// sqrt: y = √x,  dL/dx = dL/dy / (2 y).  The derivative is infinite at 0, NaN below: where 0 can occur, add a small number
// first (see safe_sqrt in pointwise.h).
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct SqrtRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return math::sqrt(x);
    }
};
}  // namespace
ADJOINT_POINTWISE(sqrt, SqrtRule, 1)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_sqrt(const GradientCall& c) {
    return {c.cotangent() * 0.5 / c.output()};
}

ADJOINT_OPERATION(sqrt) {
    return sqrt_kernels({
        .name = "sqrt",
        .equation = "y = √x",
        .saved_outputs = {0},
        .gradient = gradient_of_sqrt,
        .samples = {{{{.shape = {3, 5}, .low = 0.1, .high = 5}}},
                    {{{.shape = {1001}, .low = 0.1, .high = 5}}},
                    {{{.shape = {1}, .low = 0.1, .high = 5}}},
                    {{{.shape = {0, 3}, .low = 0.1, .high = 5}}}},
    });
}
Tensor sqrt(const Tensor& x) { return sqrt_operation()({x}); }
Tensor safe_sqrt(const Tensor& x, double epsilon) { return sqrt(affine(x, 1, epsilon)); }

}  // namespace adjoint
#endif
