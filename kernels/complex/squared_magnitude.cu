// squared_magnitude: y = |z|² = re² + im²;  dL/dz = 2 g z.
#include "kernels/complex/rule.h"

namespace adjoint {

namespace {
struct SquaredMagnitudeRule : ComplexRule<false, true> {
    using ComplexRule::ComplexRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(Pair<S> z) const {
        return z.re * z.re + z.im * z.im;
    }
};
}  // namespace
ADJOINT_COMPLEX_POINTWISE(squared_magnitude, SquaredMagnitudeRule)

}  // namespace adjoint

#if ADJOINT_HOST
namespace adjoint {

static std::vector<Tensor> gradient_of_squared_magnitude(const GradientCall& c) {
    return {scale(Complex{c.input(0)}, 2 * c.cotangent()).data};
}

ADJOINT_OPERATION(squared_magnitude) {
    return squared_magnitude_kernels({
        .name = "squared_magnitude",
        .equation = "y = |z|²",
        .kind = Kind::fused,
        .saved_inputs = {0},
        .gradient = gradient_of_squared_magnitude,
        .samples = complex_samples({true}),
        .wrong = wrong_complex({true}),
    });
}

Tensor squared_magnitude(const Complex& z) { return squared_magnitude_operation()({z.data}); }

}  // namespace adjoint
#endif
