// erf: y = 2/√π ∫₀^x e^−t² dt,  dL/dx = 2/√π e^−x² dL/dy.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct ErfRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return math::erf(x);
    }
};
struct ErfGradient : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S x) const {
        return g * (S(1.1283791670955125739) * math::exp(-(x * x)));
    }
};
}  // namespace
ADJOINT_POINTWISE(erf, ErfRule, 1)
ADJOINT_POINTWISE_GRADIENT(erf, ErfGradient, input(0))

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_erf(const GradientCall& c) {
    return {c.cotangent() * exp(-square(c.input(0))) * 1.1283791670955125739};
}

ADJOINT_OPERATION(erf) {
    return erf_kernels({
        .name = "erf",
        .equation = "y = erf x",
        .saved_inputs = {0},
        .gradient = gradient_of_erf,
        .fast_gradient = fast_gradient_of_erf,
        .samples = pointwise_samples({{.low = -3, .high = 3}}),
    });
}

Tensor erf(const Tensor& x) { return erf_operation()({x}); }

}  // namespace adjoint
#endif
