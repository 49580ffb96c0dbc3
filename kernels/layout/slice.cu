// slice: y_k = x[first_k + step_k i_k], i_k = 0 … size_k − 1; where that index does not exist, y is 0. So it cuts, pads
// with zeros, strides and flips. Linear; its adjoint, `unslice`, puts y back into zeros.
#include "kernels/layout/move.h"

namespace adjoint {
namespace {
ADJOINT_INLINE Move plan_slice(const KernelArguments& a) {
    Move m = identity_move(a.in_view(0), a.out_view(0));
    int count;
    const int64_t *first = a.list("first", &count), *step = a.list("step", &count);
    for (int k = 0; k < m.rank; ++k) {
        m.first[k] = first[k];
        m.step[k] = step[k];
    }
    return m;
}
}  // namespace
ADJOINT_MOVE(slice, plan_slice)
}  // namespace adjoint

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"

namespace adjoint {

static std::vector<TensorSpec> infer_slice(const Signature& s) {
    const auto &first = s.attributes.list("first"), &size = s.attributes.list("size"),
               &step = s.attributes.list("step");
    const size_t rank = size_t(s.shape(0).rank());
    if (first.size() != rank || size.size() != rank || step.size() != rank)
        s.refuse("first, size and step must have one entry for each of its " + std::to_string(rank) + " axes");
    for (size_t k = 0; k < rank; ++k) {
        if (step[k] == 0) s.refuse("a step of 0 along axis " + std::to_string(k));
        if (size[k] < 0) s.refuse("a negative size along axis " + std::to_string(k));
    }
    return {{Shape(size)}};
}

static std::vector<Tensor> gradient_of_slice(const GradientCall& c) {
    const Attributes& a = c.attributes();
    return {unslice(c.cotangent(), c.input_spec(0).shape, a.list("first"), a.list("step"))};
}

static Attributes slice_of(std::vector<int64_t> first, std::vector<int64_t> size, std::vector<int64_t> step) {
    return {{"first", first}, {"size", size}, {"step", step}};
}

ADJOINT_OPERATION(slice) {
    return slice_kernels({
        .name = "slice",
        .equation = "y_i = x_(first + step i), 0 outside",
        .infer = infer_slice,
        .gradient = gradient_of_slice,
        .samples = {{{{.shape = {5, 9}}}, slice_of({1, 2}, {3, 4}, {1, 1})},
                    {{{.shape = {5, 9}}}, slice_of({4, 8}, {5, 3}, {-1, -3})},
                    {{{.shape = {5, 9}}}, slice_of({-2, -1}, {9, 12}, {1, 1})},
                    {{{.shape = {2, 5, 9}}}, slice_of({0, -3, 1}, {2, 7, 9}, {1, 2, 2})},
                    {{{.shape = {5, 9}}}, slice_of({6, 0}, {4, 3}, {-2, 5})},
                    {{{.shape = {7}}}, slice_of({3}, {0}, {1})},
                    {{{.shape = {0, 3}}}, slice_of({-1, 0}, {2, 3}, {1, 1})},
                    {{{.shape = {}}}, slice_of({}, {}, {})}},
        .wrong = {{{{{.shape = {5, 9}}}, slice_of({1}, {3}, {1})}, "one entry for each of its 2 axes"},
                  {{{{.shape = {5}}}, slice_of({1}, {3}, {0})}, "a step of 0"}},
    });
}

Tensor slice(const Tensor& x, const std::vector<int64_t>& first, const std::vector<int64_t>& size,
             const std::vector<int64_t>& step) {
    return slice_operation()({x}, slice_of(first, size, step.empty() ? std::vector<int64_t>(first.size(), 1) : step));
}

Tensor flip(const Tensor& x, const std::vector<int64_t>& axes) {
    std::vector<int64_t> first(size_t(x.rank()), 0), step(size_t(x.rank()), 1);
    for (int64_t axis : axes) {
        const int k = x.shape().axis(axis, "flip");
        first[size_t(k)] = x.shape()[k] - 1;
        step[size_t(k)] = -1;
    }
    return slice(x, first, x.shape().vector(), step);
}

Tensor slice_axis(const Tensor& x, int64_t axis, int64_t begin, int64_t end, int64_t step) {
    const int k = x.shape().axis(axis, "slice");
    const int64_t n = x.shape()[k];
    if (step < 1 || begin < 0 || end > n || begin > end)
        fail(ExitCode::usage,
             "slice [" + std::to_string(begin) + ", " + std::to_string(end) + ") of " + x.shape().text() +
                 " along axis " + std::to_string(axis),
             "the axis has " + std::to_string(n) + " entries");
    std::vector<int64_t> first(size_t(x.rank()), 0), size = x.shape().vector(), steps(size_t(x.rank()), 1);
    first[size_t(k)] = begin;
    size[size_t(k)] = (end - begin + step - 1) / step;
    steps[size_t(k)] = step;
    return slice(x, first, size, steps);
}

}  // namespace adjoint
#endif
