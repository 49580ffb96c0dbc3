// blend: x = k + w (y − k) for complex k, y and real w, with broadcasting: data consistency in one pass.
//
// k: predicted k-space, y: measured, w: weight of the measurement at every sample, 0 where nothing was measured.
//   hard replacement:   w = M,               M the sampling mask of 0 and 1
//   noisy, weight v:    w = M v / (1 + v),   then x = (k + v y)/(1 + v) where M = 1 (DuDoRNet's noisy form)
// Computed as (1 − w) k + w y: exactly y where w = 1 and k where w = 0; a difference added back would lose digits.
//   dL/dk = (1 − w) g,  dL/dy = w g,  dL/dw = Re(conj(y − k) g), summed over repeated axes. Flops 6 per number.
#include "kernels/complex/rule.h"

namespace adjoint {

namespace {
struct BlendRule : ComplexRule<true, true, true, false> {
    using ComplexRule::ComplexRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE Pair<S> operator()(Pair<S> k, Pair<S> y, S w) const {
        const S v = S(1) - w;
        return {v * k.re + w * y.re, v * k.im + w * y.im};
    }
};
}  // namespace
ADJOINT_COMPLEX_POINTWISE(blend, BlendRule)

}  // namespace adjoint

#if ADJOINT_HOST
namespace adjoint {

static std::vector<Tensor> gradient_of_blend(const GradientCall& c) {
    const Complex g{c.cotangent()};
    std::vector<Tensor> dL_d(3);
    if (c.needs(0)) dL_d[0] = sum_to(scale(g, 1 - c.input(2)).data, c.input_spec(0).shape);
    if (c.needs(1)) dL_d[1] = sum_to(scale(g, c.input(2)).data, c.input_spec(1).shape);
    if (c.needs(2))
        dL_d[2] = sum_to(inner(Complex{c.input(1)}, g) - inner(Complex{c.input(0)}, g), c.input_spec(2).shape);
    return dL_d;
}

ADJOINT_OPERATION(blend) {
    return blend_kernels({
        .name = "blend",
        .equation = "x = k + w (y − k)",
        .kind = Kind::fused,
        .saved_inputs = {0, 1, 2},
        .gradient = gradient_of_blend,
        .flops = [](const Signature& s) { return 7.0 * double(broadcast_numbers(s, {true, true, false}).count()); },
        .samples = complex_samples({true, true, false}),
        .wrong = wrong_complex({true, true, false}),
    });
}

Complex blend(const Complex& k, const Complex& y, const Tensor& w) { return {blend_operation()({k.data, y.data, w})}; }

}  // namespace adjoint
#endif
