// affine: y = a x + b with constants a and b: scalar arithmetic (2 * x, 1 - x, -x) without tensors for the scalars.
// dL/dx = a dL/dy. Computed as written, product first, then sum. A mere product has b = −0: adding it changes nothing,
// not even the sign of a zero.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct AffineRule {
    double a, b;
    ADJOINT_INLINE explicit AffineRule(const KernelArguments& k) : a(k.real("a")), b(k.real("b")) {}
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return S(a) * x + S(b);
    }
};
}  // namespace
ADJOINT_POINTWISE(affine, AffineRule, 1)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
namespace adjoint {

static std::vector<Tensor> gradient_of_affine(const GradientCall& c) {
    return {c.cotangent() * c.attributes().real("a")};
}

ADJOINT_OPERATION(affine) {
    return affine_kernels({
        .name = "affine",
        .equation = "y = a x + b",
        .gradient = gradient_of_affine,
        .flops = [](const Signature& s) { return 2.0 * double(s.shape(0).count()); },
        .samples = pointwise_samples({{.low = -1, .high = 1}}, {{"a", -2.5}, {"b", 0.75}}),
    });
}

Tensor affine(const Tensor& x, double a, double b) { return affine_operation()({x}, {{"a", a}, {"b", b}}); }

}  // namespace adjoint
#endif
