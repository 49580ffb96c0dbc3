// power: y = x^p for a constant p,  dL/dx = p x^(p−1) dL/dy.  For x < 0 and a p that is not whole it is NaN; at x = 0 the
// derivative is infinite for p < 1, as it is.
#include <cmath>
#include <type_traits>

#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct PowerRule {
    double p;
    ADJOINT_INLINE explicit PowerRule(const KernelArguments& k) : p(k.real("p")) {}
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        if constexpr (std::is_arithmetic_v<S>)
            return std::pow(x, S(p));
        else
            return pow(x, p);
    }
};
}  // namespace
ADJOINT_POINTWISE(power, PowerRule, 1)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_power(const GradientCall& c) {
    const double p = c.attributes().real("p");
    if (p == 0) return {c.cotangent() * 0.0};
    return {c.cotangent() * power(c.input(0), p - 1) * p};
}

ADJOINT_OPERATION(power) {
    return power_kernels({
        .name = "power",
        .equation = "y = x^p",
        .saved_inputs = {0},
        .gradient = gradient_of_power,
        .samples = {{{{.shape = {3, 5}, .low = 0.2, .high = 3}}, {{"p", 1.7}}},
                    {{{.shape = {1001}, .low = 0.2, .high = 3}}, {{"p", 1.7}}},
                    {{{.shape = {1}, .low = 0.2, .high = 3}}, {{"p", 1.7}}},
                    {{{.shape = {0, 3}, .low = 0.2, .high = 3}}, {{"p", 1.7}}},
                    {{{.shape = {7}, .low = -2, .high = 2, .kinks = {0.0}, .margin = 0.1}}, {{"p", 3.0}}}},
        .float32_tolerance = 4e-6,  // powf is good to a few units in the last place
    });
}
Tensor power(const Tensor& x, double p) { return power_operation()({x}, {{"p", p}}); }

}  // namespace adjoint
#endif
