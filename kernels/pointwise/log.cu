// log: y = ln x,  dL/dx = dL/dy / x.  −∞ at 0, NaN below.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct LogRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return math::log(x);
    }
};
}  // namespace
ADJOINT_POINTWISE(log, LogRule, 1)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_log(const GradientCall& c) {
    return {c.cotangent() / c.input(0)};
}

ADJOINT_OPERATION(log) {
    return log_kernels({
        .name = "log",
        .equation = "y = ln x",
        .saved_inputs = {0},
        .gradient = gradient_of_log,
        .samples = pointwise_samples({{.low = 0.1, .high = 5}}),
    });
}

Tensor log(const Tensor& x) { return log_operation()({x}); }

}  // namespace adjoint
#endif
