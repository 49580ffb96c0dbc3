// reciprocal: y = a / x with a constant a,  dL/dx = −(y / x) dL/dy.  At x = 0 it is ±∞, or NaN for a = 0.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct ReciprocalRule {
    double a;
    ADJOINT_INLINE explicit ReciprocalRule(const KernelArguments& k) : a(k.real("a")) {}
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return S(a) / x;
    }
};
struct ReciprocalGradient : ReciprocalRule {
    using ReciprocalRule::ReciprocalRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S x) const {
        return -g * (S(a) / x) / x;
    }
};
}  // namespace
ADJOINT_POINTWISE(reciprocal, ReciprocalRule, 1)
ADJOINT_POINTWISE_GRADIENT(reciprocal, ReciprocalGradient, input(0))

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_reciprocal(const GradientCall& c) {
    return {-(c.cotangent() * c.output() / c.input(0))};
}

ADJOINT_OPERATION(reciprocal) {
    return reciprocal_kernels({
        .name = "reciprocal",
        .equation = "y = a / x",
        .saved_inputs = {0},
        .saved_outputs = {0},
        .gradient = gradient_of_reciprocal,
        .fast_gradient = fast_gradient_of_reciprocal,
        .samples = pointwise_samples({{.low = 0.5, .high = 2}}, {{"a", -1.5}}),
    });
}

Tensor reciprocal(const Tensor& x, double a) { return reciprocal_operation()({x}, {{"a", a}}); }

}  // namespace adjoint
#endif
