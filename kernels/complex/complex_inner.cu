// complex_inner: y = Re(conj(a) b) = re a re b + im a im b, the real inner product of two numbers, with broadcasting.
//   dL/da = g b,  dL/db = g a, summed over repeated axes. Flops 3 per result.
#include "kernels/complex/rule.h"

namespace adjoint {

namespace {
struct ComplexInnerRule : ComplexRule<false, true, true> {
    using ComplexRule::ComplexRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(Pair<S> a, Pair<S> b) const {
        return a.re * b.re + a.im * b.im;
    }
};
}  // namespace
ADJOINT_COMPLEX_POINTWISE(complex_inner, ComplexInnerRule)

}  // namespace adjoint

#if ADJOINT_HOST
namespace adjoint {

static std::vector<Tensor> gradient_of_complex_inner(const GradientCall& c) {
    std::vector<Tensor> dL_d(2);
    for (int i = 0; i < 2; ++i)
        if (c.needs(i))
            dL_d[size_t(i)] = sum_to(scale(Complex{c.input(1 - i)}, c.cotangent()).data, c.input_spec(i).shape);
    return dL_d;
}

ADJOINT_OPERATION(complex_inner) {
    return complex_inner_kernels({
        .name = "complex_inner",
        .equation = "y = Re(conj(a) b)",
        .kind = Kind::bilinear,
        .saved_inputs = {0, 1},
        .gradient = gradient_of_complex_inner,
        .flops = [](const Signature& s) { return 3.0 * double(broadcast_numbers(s, {true, true}).count()); },
        .samples = complex_samples({true, true}),
        .wrong = wrong_complex({true, true}),
    });
}

Tensor inner(const Complex& a, const Complex& b) { return complex_inner_operation()({a.data, b.data}); }

}  // namespace adjoint
#endif
