// cos: y = cos x,  dL/dx = −sin x dL/dy.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct CosRule : StatelessRule {
    using StatelessRule::StatelessRule;
    static constexpr bool in_vectors = true;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return math::cos(x);
    }
    // The branch-free form ends at 2^44 (kernels/math.h).
    template <class T>
    ADJOINT_INLINE bool outside(T x) const {
        return x > T(17592186044416.0) || x < T(-17592186044416.0);
    }
    template <class T>
    ADJOINT_INLINE T exact(T x) const {
        return std::cos(x);
    }
};
struct CosGradient : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S x) const {
        return -g * math::sin(x);
    }
    template <class T>
    ADJOINT_INLINE bool outside(T, T x) const {
        return x > T(17592186044416.0) || x < T(-17592186044416.0);
    }
    template <class T>
    ADJOINT_INLINE T exact(T g, T x) const {
        return -g * std::sin(x);
    }
};
}  // namespace
ADJOINT_POINTWISE(cos, CosRule, 1)
ADJOINT_POINTWISE_GRADIENT(cos, CosGradient, input(0))

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_cos(const GradientCall& c) {
    return {-(c.cotangent() * sin(c.input(0)))};
}

ADJOINT_OPERATION(cos) {
    return cos_kernels({
        .name = "cos",
        .equation = "y = cos x",
        .saved_inputs = {0},
        .gradient = gradient_of_cos,
        .fast_gradient = fast_gradient_of_cos,
        .samples = pointwise_samples({{.low = -20, .high = 20}}),
        .order = 3,
    });
}

Tensor cos(const Tensor& x) { return cos_operation()({x}); }

}  // namespace adjoint
#endif
