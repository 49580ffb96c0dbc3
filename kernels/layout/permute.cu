// permute: y = x with its axes in another order; axis k of y is axis order[k] of x. Linear; its adjoint is the inverse
// order.
#include "kernels/layout/move.h"

namespace adjoint {
namespace {
ADJOINT_INLINE Move plan_permute(const KernelArguments& a) {
    const ArrayView &x = a.in_view(0), &y = a.out_view(0);
    int count;
    const int64_t* order = a.list("order", &count);
    Move m{};
    m.rank = y.rank;
    m.total = y.size;
    int64_t stride[8], s = 1;
    for (int k = x.rank - 1; k >= 0; --k) {
        stride[k] = s;
        s *= x.shape[k];
    }
    for (int k = 0; k < y.rank; ++k) {
        m.size[k] = m.limit[k] = y.shape[k];
        m.stride[k] = stride[order[k]];
        m.step[k] = 1;
        m.map[k] = straight;
    }
    return m;
}
}  // namespace
ADJOINT_MOVE(permute, plan_permute)
}  // namespace adjoint

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"

namespace adjoint {

static std::vector<TensorSpec> infer_permute(const Signature& s) {
    const auto& order = s.attributes.list("order");
    const Shape& x = s.shape(0);
    std::vector<bool> seen(order.size(), false);
    bool fits = int(order.size()) == x.rank();
    for (int64_t k : order) {
        fits = fits && k >= 0 && k < x.rank() && !seen[size_t(k)];
        if (!fits) break;
        seen[size_t(k)] = true;
    }
    if (!fits) s.refuse("the order must name each of its " + std::to_string(x.rank()) + " axes once");
    std::vector<int64_t> sizes;
    for (int64_t k : order) sizes.push_back(x[int(k)]);
    return {{Shape(sizes)}};
}

static std::vector<Tensor> gradient_of_permute(const GradientCall& c) {
    const auto& order = c.attributes().list("order");
    std::vector<int64_t> inverse(order.size());
    for (size_t k = 0; k < order.size(); ++k) inverse[size_t(order[k])] = int64_t(k);
    return {permute(c.cotangent(), inverse)};
}

ADJOINT_OPERATION(permute) {
    return permute_kernels({
        .name = "permute",
        .equation = "y = x, axes in another order",
        .infer = infer_permute,
        .gradient = gradient_of_permute,
        .samples = {{{{.shape = {3, 4, 5}}}, {{"order", std::vector<int64_t>{2, 0, 1}}}},
                    {{{.shape = {37, 50}}}, {{"order", std::vector<int64_t>{1, 0}}}},
                    {{{.shape = {2, 3, 17, 19}}}, {{"order", std::vector<int64_t>{0, 1, 3, 2}}}},
                    {{{.shape = {2, 3, 4, 5}}}, {{"order", std::vector<int64_t>{0, 2, 3, 1}}}},
                    {{{.shape = {3, 0}}}, {{"order", std::vector<int64_t>{1, 0}}}},
                    {{{.shape = {}}}, {{"order", std::vector<int64_t>{}}}}},
        .wrong = {{{{{.shape = {3, 4}}}, {{"order", std::vector<int64_t>{0, 0}}}}, "name each of its 2 axes once"}},
    });
}

Tensor permute(const Tensor& x, const std::vector<int64_t>& order) {
    return permute_operation()({x}, {{"order", order}});
}

}  // namespace adjoint
#endif
