// sign: y = 1, 0 or −1.  Constant between its jumps: its derivative is 0. NaN stays NaN.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct SignRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return x > S(0.0) ? S(1.0) : x < S(0.0) ? S(-1.0) : x - x;
    }
};
}  // namespace
ADJOINT_POINTWISE(sign, SignRule, 1)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_sign(const GradientCall& c) {
    return {Tensor::zeros(c.input_spec(0).shape, c.cotangent().type(), c.cotangent().device())};
}

ADJOINT_OPERATION(sign) {
    return sign_kernels({
        .name = "sign",
        .equation = "y = sign x",
        .gradient = gradient_of_sign,
        .samples = pointwise_samples({{.low = -1, .high = 1, .kinks = {0.0}}}),
    });
}

Tensor sign(const Tensor& x) { return sign_operation()({x}); }

}  // namespace adjoint
#endif
