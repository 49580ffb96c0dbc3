// complex_multiply: y = a b with a, b or both conjugated, with broadcasting.
//
// With A = a or conj(a), B = b or conj(b), and g = dL/dy (∂L/∂re + i ∂L/∂im):
//   dL/da = g conj(B), and its conjugate where a was conjugated; likewise for b; summed over repeated axes.
// Each is a member of the family again. Flops 6 per result; bytes: both inputs and the result once.
#include "kernels/complex/rule.h"

namespace adjoint {

namespace {
struct ComplexMultiplyRule : ComplexRule<true, true, true> {
    bool conjugate_a, conjugate_b;
    ADJOINT_INLINE explicit ComplexMultiplyRule(const KernelArguments& k)
        : conjugate_a(k.integer("conjugate_a") != 0), conjugate_b(k.integer("conjugate_b") != 0) {}
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE Pair<S> operator()(Pair<S> a, Pair<S> b) const {
        return (conjugate_a ? conjugate(a) : a) * (conjugate_b ? conjugate(b) : b);
    }
};
}  // namespace
ADJOINT_COMPLEX_POINTWISE(complex_multiply, ComplexMultiplyRule)

}  // namespace adjoint

#if ADJOINT_HOST
namespace adjoint {

static std::vector<Tensor> gradient_of_complex_multiply(const GradientCall& c) {
    const bool ca = c.attributes().integer("conjugate_a"), cb = c.attributes().integer("conjugate_b");
    const Complex g{c.cotangent()};
    std::vector<Tensor> dL_d(2);
    if (c.needs(0))  // g conj(B), or conj(g) B
        dL_d[0] = sum_to(multiply(g, Complex{c.input(1)}, {ca, ca ? cb : !cb}).data, c.input_spec(0).shape);
    if (c.needs(1))
        dL_d[1] = sum_to(multiply(g, Complex{c.input(0)}, {cb, cb ? ca : !ca}).data, c.input_spec(1).shape);
    return dL_d;
}

static Attributes conjugating(bool a, bool b) { return {{"conjugate_a", int64_t(a)}, {"conjugate_b", int64_t(b)}}; }

ADJOINT_OPERATION(complex_multiply) {
    Operation r = complex_multiply_kernels({
        .name = "complex_multiply",
        .equation = "y = a b, a and b as they are or conjugated",
        .kind = Kind::bilinear,
        .saved_inputs = {0, 1},
        .gradient = gradient_of_complex_multiply,
        .flops = [](const Signature& s) { return 6.0 * double(broadcast_numbers(s, {true, true}).count()); },
        .samples = complex_samples({true, true}, conjugating(false, false)),
        .wrong = wrong_complex({true, true}, conjugating(false, false)),
    });
    for (int which : {1, 2, 3})
        for (const Shape& b : {Shape{2, 3, 4, 2}, Shape{3, 1, 2}})
            r.samples.push_back({{{.shape = {2, 3, 4, 2}}, {.shape = b}}, conjugating(which & 1, which & 2)});
    return r;
}

Complex multiply(const Complex& a, const Complex& b, Conjugated conjugated) {
    return {complex_multiply_operation()({a.data, b.data}, conjugating(conjugated.a, conjugated.b))};
}

}  // namespace adjoint
#endif
