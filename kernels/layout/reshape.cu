// reshape: y = x, row-major, under another shape; a view. Linear; its adjoint is the reshape back.
#if ADJOINT_HOST
#include "kernels/layout/layout.h"

#include "engine/operation.h"

namespace adjoint {

static std::vector<TensorSpec> infer_reshape(const Signature& s) {
    Shape shape(s.attributes.list("shape"));
    if (shape.count() != s.shape(0).count())
        s.refuse("it has " + std::to_string(s.shape(0).count()) + " elements, " + shape.text() + " has " +
                 std::to_string(shape.count()));
    return {{shape}};
}

static std::vector<Tensor> gradient_of_reshape(const GradientCall& c) {
    return {reshape(c.cotangent(), c.input_spec(0).shape)};
}

ADJOINT_OPERATION(reshape) {
    return {
        .name = "reshape",
        .equation = "y = x under another shape",
        .kind = Kind::linear,
        .infer = infer_reshape,
        .aliases = {0},
        .gradient = gradient_of_reshape,
        .samples = {{{{.shape = {3, 4}}}, {{"shape", std::vector<int64_t>{2, 6}}}},
                    {{{.shape = {1}}}, {{"shape", std::vector<int64_t>{}}}}},
        .wrong = {{{{{.shape = {3, 4}}}, {{"shape", std::vector<int64_t>{5}}}}, "it has 12 elements"}},
    };
}

Tensor reshape(const Tensor& x, const Shape& shape) {
    if (shape == x.shape()) return x;
    return reshape_operation()({x}, {{"shape", shape.vector()}});
}

Tensor reshape(const Tensor& x, const std::vector<int64_t>& sizes) {
    std::vector<int64_t> full = sizes;
    int64_t known = 1;
    int open = -1;
    for (size_t i = 0; i < full.size(); ++i) {
        if (full[i] == -1 && open < 0)
            open = int(i);
        else
            known *= full[i];
    }
    if (open >= 0) full[size_t(open)] = known > 0 ? x.size() / known : 0;
    return reshape(x, Shape(full));
}

}  // namespace adjoint
#endif
