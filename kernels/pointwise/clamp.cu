// clamp: y = min(max(x, low), high),  dL/dx = dL/dy where low ≤ x ≤ high, else 0: the gradient passes at the bounds.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct ClampRule {
    double low, high;
    ADJOINT_INLINE explicit ClampRule(const KernelArguments& k) : low(k.real("low")), high(k.real("high")) {}
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return x < S(low) ? S(low) : x > S(high) ? S(high) : x;
    }
};
}  // namespace
ADJOINT_POINTWISE(clamp, ClampRule, 1)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_clamp(const GradientCall& c) {
    const Tensor& x = c.input(0);
    const Attributes& a = c.attributes();
    Tensor inside = greater_equal(x, x.like(a.real("low"))) * greater_equal(x.like(a.real("high")), x);
    return {c.cotangent() * inside};
}

ADJOINT_OPERATION(clamp) {
    return clamp_kernels({
        .name = "clamp",
        .equation = "y = min(max(x, low), high)",
        .saved_inputs = {0},
        .gradient = gradient_of_clamp,
        .samples = {{{{.shape = {3, 5}, .low = -1, .high = 1, .kinks = {-0.5, 0.25}}}, {{"low", -0.5}, {"high", 0.25}}},
                    {{{.shape = {1001}, .low = -1, .high = 1, .kinks = {-0.5, 0.25}}}, {{"low", -0.5}, {"high", 0.25}}},
                    {{{.shape = {1}, .low = -1, .high = 1, .kinks = {-0.5, 0.25}}}, {{"low", -0.5}, {"high", 0.25}}},
                    {{{.shape = {0, 3}, .low = -1, .high = 1, .kinks = {-0.5, 0.25}}}, {{"low", -0.5}, {"high", 0.25}}}},
    });
}
Tensor clamp(const Tensor& x, double low, double high) {
    if (!(low <= high))
        fail(ExitCode::usage, "clamp to [" + std::to_string(low) + ", " + std::to_string(high) + "]", "the interval is empty");
    return clamp_operation()({x}, {{"low", low}, {"high", high}});
}

}  // namespace adjoint
#endif
