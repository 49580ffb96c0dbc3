// What all pointwise operations share in the host pass.
#include "kernels/pointwise/pointwise.h"

#include "engine/operation.h"
#include "kernels/layout/layout.h"
#include "kernels/reduction/reduction.h"

namespace adjoint {

std::vector<TensorSpec> infer_pointwise(const Signature& s) {
    Shape shape = s.shape(0);
    for (int i = 1; i < s.count(); ++i) {
        int rank = std::max(shape.rank(), s.shape(i).rank());
        std::vector<int64_t> sizes(static_cast<size_t>(rank));
        for (int k = 1; k <= rank; ++k) {
            const Shape& other = s.shape(i);
            int64_t m = k <= shape.rank() ? shape[shape.rank() - k] : 1;
            int64_t n = k <= other.rank() ? other[other.rank() - k] : 1;
            if (m != n && m != 1 && n != 1)
                s.refuse("sizes " + std::to_string(m) + " and " + std::to_string(n) + " do not go together",
                         "sizes, counted from the last axis, must be equal or 1");
            sizes[size_t(rank - k)] = m == 1 ? n : m;
        }
        shape = Shape(sizes);
    }
    return {{shape}};
}

Tensor sum_to(const Tensor& g, const Shape& shape) {
    if (g.shape() == shape) return g;
    std::vector<int64_t> axes;
    int extra = g.rank() - shape.rank();
    for (int i = 0; i < g.rank(); ++i)
        if (i < extra || (shape[i - extra] == 1 && g.shape()[i] != 1)) axes.push_back(i);
    return reshape(sum(g, axes), shape);
}

}  // namespace adjoint
