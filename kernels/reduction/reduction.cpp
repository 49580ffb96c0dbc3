// Reductions over any axes, from the kernels that reduce neighbouring ones.
#include "kernels/reduction/reduction.h"

#include <algorithm>

#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/axes.h"

namespace adjoint {

Axes sorted_axes(const Shape& shape, const Axes& axes, const std::string& who) {
    Axes all;
    for (int64_t a : axes) all.push_back(shape.axis(a, who));
    if (axes.empty())
        for (int i = 0; i < shape.rank(); ++i) all.push_back(i);
    std::sort(all.begin(), all.end());
    if (std::adjacent_find(all.begin(), all.end()) != all.end())
        fail(ExitCode::usage, who + " of " + shape.text(), "an axis is given twice");
    return all;
}

Tensor reduce_groups(const Operation& op, const Tensor& x, const Axes& axes) {
    Axes a = sorted_axes(x.shape(), axes, op.name);
    Tensor y = x;
    // From the last group of neighbouring axes to the first, so that the earlier axes keep their numbers.
    for (size_t end = a.size(); end > 0;) {
        size_t begin = end - 1;
        while (begin > 0 && a[begin - 1] + 1 == a[begin]) --begin;
        y = op({y}, {{"first", a[begin]}, {"count", int64_t(end - begin)}});
        end = begin;
    }
    return y;
}

std::vector<TensorSpec> infer_reduction(const Signature& s) {
    int64_t first = s.attributes.integer("first"), count = s.attributes.integer("count");
    const Shape& x = s.shape(0);
    if (first < 0 || count < 1 || first + count > x.rank())
        s.refuse("axes " + std::to_string(first) + " to " + std::to_string(first + count - 1) + " do not all exist");
    std::vector<int64_t> sizes = x.vector();
    sizes.erase(sizes.begin() + first, sizes.begin() + first + count);
    return {{Shape(sizes)}};
}

int64_t reduced_count(const Shape& shape, const Axes& axes) {
    int64_t n = 1;
    for (int64_t a : sorted_axes(shape, axes, "reduction")) n *= shape[int(a)];
    return n;
}

Tensor sum(const Tensor& x, const Axes& axes) { return reduce_groups(operation_named("sum"), x, axes); }

Tensor mean(const Tensor& x, const Axes& axes) {
    return sum(x, axes) / double(reduced_count(x.shape(), axes));
}

Tensor spread(const Tensor& g, const Shape& shape, const Axes& axes) {
    std::vector<int64_t> kept = shape.vector();
    for (int64_t a : sorted_axes(shape, axes, "spread")) kept[size_t(a)] = 1;
    return broadcast_to(reshape(g, Shape(kept)), shape);
}

}  // namespace adjoint
