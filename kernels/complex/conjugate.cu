// conjugate: y = conj(z). Linear over the reals; its own adjoint.
#include "kernels/complex/rule.h"

namespace adjoint {

namespace {
struct ConjugateRule : ComplexRule<true, true> {
    using ComplexRule::ComplexRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE Pair<S> operator()(Pair<S> z) const {
        return conjugate(z);
    }
};
}  // namespace
ADJOINT_COMPLEX_POINTWISE(conjugate, ConjugateRule)

}  // namespace adjoint

#if ADJOINT_HOST
namespace adjoint {

ADJOINT_OPERATION(conjugate) {
    return conjugate_kernels({
        .name = "conjugate",
        .equation = "y = conj(z)",
        .kind = Kind::linear,
        .gradient = [](const GradientCall& c) -> std::vector<Tensor> { return {conj(Complex{c.cotangent()}).data}; },
        .samples = complex_samples({true}),
        .wrong = wrong_complex({true}),
    });
}

Complex conj(const Complex& z) { return {conjugate_operation()({z.data})}; }

}  // namespace adjoint
#endif
