// sin: y = sin x,  dL/dx = cos x dL/dy.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct SinRule : StatelessRule {
    using StatelessRule::StatelessRule;
    static constexpr bool in_vectors = true;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return math::sin(x);
    }
    // The branch-free form ends at 2^44 (kernels/math.h).
    template <class T>
    ADJOINT_INLINE bool outside(T x) const {
        return x > T(17592186044416.0) || x < T(-17592186044416.0);
    }
    template <class T>
    ADJOINT_INLINE T exact(T x) const {
        return std::sin(x);
    }
};
struct SinGradient : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S g, S x) const {
        return g * math::cos(x);
    }
    template <class T>
    ADJOINT_INLINE bool outside(T, T x) const {
        return x > T(17592186044416.0) || x < T(-17592186044416.0);
    }
    template <class T>
    ADJOINT_INLINE T exact(T g, T x) const {
        return g * std::cos(x);
    }
};
}  // namespace
ADJOINT_POINTWISE(sin, SinRule, 1)
ADJOINT_POINTWISE_GRADIENT(sin, SinGradient, input(0))

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_sin(const GradientCall& c) {
    return {c.cotangent() * cos(c.input(0))};
}

ADJOINT_OPERATION(sin) {
    return sin_kernels({
        .name = "sin",
        .equation = "y = sin x",
        .saved_inputs = {0},
        .gradient = gradient_of_sin,
        .fast_gradient = fast_gradient_of_sin,
        .samples = pointwise_samples({{.low = -20, .high = 20}}),
        .order = 3,
    });
}

Tensor sin(const Tensor& x) { return sin_operation()({x}); }

}  // namespace adjoint
#endif
