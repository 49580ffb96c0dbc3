// broadcast_to: x repeated along its axes of size 1 (and new leading axes) to a larger shape. Linear; its adjoint sums
// over the repeated axes.
#include "kernels/pointwise/rule.h"

namespace adjoint {

namespace {
struct CopyRule : StatelessRule {
    using StatelessRule::StatelessRule;
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE S operator()(S x) const {
        return x;
    }
};
}  // namespace
ADJOINT_POINTWISE(broadcast_to, CopyRule, 1)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"

namespace adjoint {

static std::vector<TensorSpec> infer_broadcast_to(const Signature& s) {
    Shape shape(s.attributes.list("shape"));
    const Shape& x = s.shape(0);
    bool fits = x.rank() <= shape.rank();
    for (int i = 1; fits && i <= x.rank(); ++i) {
        int64_t n = x[x.rank() - i];
        fits = n == 1 || n == shape[shape.rank() - i];
    }
    if (!fits)
        s.refuse("it cannot be repeated to " + shape.text(), "sizes, counted from the last axis, must be equal or 1");
    return {{shape}};
}

static std::vector<Tensor> gradient_of_broadcast_to(const GradientCall& c) {
    return {sum_to(c.cotangent(), c.input_spec(0).shape)};
}

ADJOINT_OPERATION(broadcast_to) {
    Operation r = broadcast_to_kernels({
        .name = "broadcast_to",
        .equation = "y = x, repeated to a larger shape",
        .gradient = gradient_of_broadcast_to,
        .samples = {{{{.shape = {3, 1, 5}}}, {{"shape", std::vector<int64_t>{2, 3, 4, 5}}}},
                    {{{.shape = {}}}, {{"shape", std::vector<int64_t>{7}}}},
                    {{{.shape = {1, 1}}}, {{"shape", std::vector<int64_t>{6, 35}}}}},
        .wrong = {{{{{.shape = {3, 4}}}, {{"shape", std::vector<int64_t>{3, 5}}}}, "cannot be repeated to 3×5"}},
    });
    r.kind = Kind::linear;
    r.infer = infer_broadcast_to;
    return r;
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
    if (x.shape() == shape) return x;
    return broadcast_to_operation()({x}, {{"shape", shape.vector()}});
}

}  // namespace adjoint
#endif
