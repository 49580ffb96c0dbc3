// leaky_relu: y = x where x > 0, else s x,  dL/dx = dL/dy or s dL/dy.  At x = 0 the derivative is s.
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
}  // namespace
ADJOINT_POINTWISE(leaky_relu, LeakyReluRule, 1)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_leaky_relu(const GradientCall& c) {
    Tensor positive = greater(c.input(0), c.input(0).like(0.0));
    const double s = c.attributes().real("slope");
    return {c.cotangent() * affine(positive, 1 - s, s)};
}

ADJOINT_OPERATION(leaky_relu) {
    return leaky_relu_kernels({
        .name = "leaky_relu",
        .equation = "y = x > 0 ? x : s x",
        .saved_inputs = {0},
        .gradient = gradient_of_leaky_relu,
        .samples = {{{{.shape = {3, 5}, .low = -1, .high = 1, .kinks = {0.0}}}, {{"slope", 0.2}}},
                    {{{.shape = {1001}, .low = -1, .high = 1, .kinks = {0.0}}}, {{"slope", 0.2}}},
                    {{{.shape = {1}, .low = -1, .high = 1, .kinks = {0.0}}}, {{"slope", 0.2}}},
                    {{{.shape = {0, 3}, .low = -1, .high = 1, .kinks = {0.0}}}, {{"slope", 0.2}}}},
    });
}
Tensor leaky_relu(const Tensor& x, double slope) { return leaky_relu_operation()({x}, {{"slope", slope}}); }

}  // namespace adjoint
#endif
