// leaky_relu: y = x where x > 0, else s x,  dL/dx = dL/dy or s dL/dy.  At x = 0 the derivative is s. NaN stays NaN.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct LeakyReluRule {
    double slope;
    ADJOINT_INLINE explicit LeakyReluRule(const KernelArguments& k) : slope(k.real("slope")) {}
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return x > S(0.0) ? x : S(slope) * x;
    }
};
struct LeakyReluGradient : LeakyReluRule {
    using LeakyReluRule::LeakyReluRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S x) const {
        return x > S(0.0) ? g : S(slope) * g;
    }
};
}  // namespace
ADJOINT_POINTWISE(leaky_relu, LeakyReluRule, 1)
ADJOINT_POINTWISE_GRADIENT(leaky_relu, LeakyReluGradient, input(0))

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_leaky_relu(const GradientCall& c) {
    const double s = c.attributes().real("slope");
    return {c.cotangent() * affine(greater(c.input(0), 0.0), 1 - s, s)};
}

ADJOINT_OPERATION(leaky_relu) {
    return leaky_relu_kernels({
        .name = "leaky_relu",
        .equation = "y = x > 0 ? x : s x",
        .saved_inputs = {0},
        .gradient = gradient_of_leaky_relu,
        .fast_gradient = fast_gradient_of_leaky_relu,
        .samples = pointwise_samples({{.low = -1, .high = 1, .kinks = {0.0}}}, {{"slope", 0.2}}),
    });
}

Tensor leaky_relu(const Tensor& x, double slope) { return leaky_relu_operation()({x}, {{"slope", slope}}); }

}  // namespace adjoint
#endif
