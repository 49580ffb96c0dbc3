// complex_abs: y = |z| = √(re² + im²);  dL/dz = g z / |z|, and 0 at z = 0, where the derivative does not exist.
// In float32 the squares hold for 1e-19 < |z| < 1e19; below that |z| and its gradient come out as 0, above as infinite.
#include "kernels/complex/rule.h"

namespace adjoint {

namespace {
struct ComplexAbsRule : ComplexRule<false, true> {
    using ComplexRule::ComplexRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(Pair<S> z) const {
        const S squares = z.re * z.re + z.im * z.im;
        return squares == S(0) ? S(0) : math::sqrt(squares);
    }
};
struct ComplexAbsGradient : ComplexRule<true, false, true> {
    using ComplexRule::ComplexRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE Pair<S> operator()(S g, Pair<S> z) const {
        const S squares = z.re * z.re + z.im * z.im;
        return (squares == S(0) ? S(0) : g / math::sqrt(squares)) * z;
    }
};
}  // namespace
ADJOINT_COMPLEX_POINTWISE(complex_abs, ComplexAbsRule)
ADJOINT_COMPLEX_POINTWISE(complex_abs_gradient, ComplexAbsGradient)

}  // namespace adjoint

#if ADJOINT_HOST
namespace adjoint {

static std::vector<Tensor> gradient_of_complex_abs(const GradientCall& c) {
    const Complex z{c.input(0)};
    const Tensor y = abs(z), zero = equal(y, 0);
    return {scale(z, c.cotangent() * ((1 - zero) / (y + zero))).data};  // 1/|z|, and 0 at 0
}

static std::vector<Tensor> fast_gradient_of_complex_abs(const GradientCall& c) {
    static const Operation gradient = complex_abs_gradient_kernels({.name = "gradient of complex_abs"});
    return {gradient({c.cotangent(), c.input(0)})};
}

ADJOINT_OPERATION(complex_abs) {
    return complex_abs_kernels({
        .name = "complex_abs",
        .equation = "y = |z|",
        .kind = Kind::fused,
        .saved_inputs = {0},
        .gradient = gradient_of_complex_abs,
        .fast_gradient = fast_gradient_of_complex_abs,
        .flops = [](const Signature& s) { return 2.0 * double(s.shape(0).count()); },
        .samples = complex_samples({true}),
        .wrong = wrong_complex({true}),
    });
}

Tensor abs(const Complex& z) { return complex_abs_operation()({z.data}); }

}  // namespace adjoint
#endif
