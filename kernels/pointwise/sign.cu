// sign: y = 1, 0 or −1 as x is positive, zero or negative (NaN stays NaN).  Constant between its jumps: its derivative is 0.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct SignRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return x > S(0.0) ? S(1.0) : x < S(0.0) ? S(-1.0) : x * S(0.0);
    }
};
}  // namespace
ADJOINT_POINTWISE(sign, SignRule, 1)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_sign(const GradientCall& c) {
    return {c.cotangent() * 0.0};
}

ADJOINT_OPERATION(sign) {
    return sign_kernels({
        .name = "sign",
        .equation = "y = sign x",
        .gradient = gradient_of_sign,
        .samples = {{{{.shape = {3, 5}, .low = -1, .high = 1, .kinks = {0.0}}}},
                    {{{.shape = {1001}, .low = -1, .high = 1, .kinks = {0.0}}}},
                    {{{.shape = {1}, .low = -1, .high = 1, .kinks = {0.0}}}},
                    {{{.shape = {0, 3}, .low = -1, .high = 1, .kinks = {0.0}}}}},
    });
}
Tensor sign(const Tensor& x) { return sign_operation()({x}); }

}  // namespace adjoint
#endif
