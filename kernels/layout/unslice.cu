// unslice: the adjoint of slice: x of zeros, with y_i added at first + step i where that index exists (each at most
// once). As a move: x_j = y_((j − first)/step) where that is whole and exists, else 0.
#include "kernels/layout/move.h"

namespace adjoint {
namespace {
ADJOINT_INLINE Move plan_unslice(const KernelArguments& a) {
    int count;
    const int64_t *first = a.list("first", &count), *step = a.list("step", &count);
    Move m = identity_move(a.in_view(0), a.out_view(0));
    for (int k = 0; k < m.rank; ++k) {
        m.first[k] = first[k];
        m.step[k] = step[k];
        m.map[k] = spread_out;
    }
    return m;
}
}  // namespace
ADJOINT_MOVE(unslice, plan_unslice)
}  // namespace adjoint

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"

namespace adjoint {

static std::vector<TensorSpec> infer_unslice(const Signature& s) {
    const auto &first = s.attributes.list("first"), &step = s.attributes.list("step"),
               &shape = s.attributes.list("shape");
    const size_t rank = size_t(s.shape(0).rank());
    if (first.size() != rank || step.size() != rank || shape.size() != rank)
        s.refuse("first, step and shape must have one entry for each of its " + std::to_string(rank) + " axes");
    for (int64_t k : step)
        if (k == 0) s.refuse("a step of 0");
    return {{Shape(shape)}};
}

static std::vector<Tensor> gradient_of_unslice(const GradientCall& c) {
    const Attributes& a = c.attributes();
    return {slice(c.cotangent(), a.list("first"), c.input_spec(0).shape.vector(), a.list("step"))};
}

static Attributes unslice_of(std::vector<int64_t> shape, std::vector<int64_t> first, std::vector<int64_t> step) {
    return {{"shape", shape}, {"first", first}, {"step", step}};
}

ADJOINT_OPERATION(unslice) {
    return unslice_kernels({
        .name = "unslice",
        .equation = "x_(first + step i) = y_i, 0 elsewhere",
        .infer = infer_unslice,
        .gradient = gradient_of_unslice,
        .samples = {{{{.shape = {3, 4}}}, unslice_of({5, 9}, {1, 2}, {1, 1})},
                    {{{.shape = {5, 3}}}, unslice_of({5, 9}, {4, 8}, {-1, -3})},
                    {{{.shape = {9, 12}}}, unslice_of({5, 9}, {-2, -1}, {1, 1})},
                    {{{.shape = {2, 7, 9}}}, unslice_of({2, 5, 9}, {0, -3, 1}, {1, 2, 2})},
                    {{{.shape = {0}}}, unslice_of({7}, {3}, {1})}},
        .wrong = {{{{{.shape = {5, 9}}}, unslice_of({5}, {1}, {1})}, "one entry for each of its 2 axes"}},
    });
}

Tensor unslice(const Tensor& y, const Shape& shape, const std::vector<int64_t>& first,
               const std::vector<int64_t>& step) {
    return unslice_operation()({y}, unslice_of(shape.vector(), first, step));
}

}  // namespace adjoint
#endif
