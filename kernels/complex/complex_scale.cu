// complex_scale: y = r z for complex z and real r, with broadcasting (a mask over coils, a density, a window).
//   dL/dz = r g,  dL/dr = Re(conj(z) g), summed over repeated axes. Flops 2 per result.
#include "kernels/complex/rule.h"

namespace adjoint {

namespace {
struct ComplexScaleRule : ComplexRule<true, true, false> {
    using ComplexRule::ComplexRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE Pair<S> operator()(Pair<S> z, S r) const {
        return r * z;
    }
};
}  // namespace
ADJOINT_COMPLEX_POINTWISE(complex_scale, ComplexScaleRule)

}  // namespace adjoint

#if ADJOINT_HOST
namespace adjoint {

static std::vector<Tensor> gradient_of_complex_scale(const GradientCall& c) {
    const Complex g{c.cotangent()};
    std::vector<Tensor> dL_d(2);
    if (c.needs(0)) dL_d[0] = sum_to(scale(g, c.input(1)).data, c.input_spec(0).shape);
    if (c.needs(1)) dL_d[1] = sum_to(inner(Complex{c.input(0)}, g), c.input_spec(1).shape);
    return dL_d;
}

ADJOINT_OPERATION(complex_scale) {
    return complex_scale_kernels({
        .name = "complex_scale",
        .equation = "y = r z, z complex, r real",
        .kind = Kind::bilinear,
        .saved_inputs = {0, 1},
        .gradient = gradient_of_complex_scale,
        .flops = [](const Signature& s) { return 2.0 * double(broadcast_numbers(s, {true, false}).count()); },
        .samples = complex_samples({true, false}),
        .wrong = wrong_complex({true, false}),
    });
}

Complex scale(const Complex& z, const Tensor& r) { return {complex_scale_operation()({z.data, r})}; }

}  // namespace adjoint
#endif
