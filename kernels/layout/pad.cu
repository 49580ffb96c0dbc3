// pad: x with `before` and `after` more elements along each axis, in one of the modes
//   reflect    d c b | a b c d | c b a    the mirror image, the edge not repeated, as often as needed (NumPy's reflect)
//   symmetric  c b a | a b c d | d c b    the mirror image with its edge, as often as needed (NumPy's symmetric)
//   replicate  a a a | a b c d | d d d    the edge (NumPy's edge)
// Padding with zeros is a slice. Linear; its adjoint, fold, adds the borders back to where they were copied from.
#include "kernels/layout/pad_plan.h"

namespace adjoint {
ADJOINT_MOVE(pad, plan_pad)
}  // namespace adjoint

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/layout/layout.h"

namespace adjoint {

static std::vector<TensorSpec> infer_pad(const Signature& s) {
    const auto &before = s.attributes.list("before"), &after = s.attributes.list("after");
    const Shape& x = s.shape(0);
    if (int(before.size()) != x.rank() || int(after.size()) != x.rank())
        s.refuse("before and after must have one entry for each of its " + std::to_string(x.rank()) + " axes");
    const std::string& mode = s.attributes.word("mode");
    if (mode != "reflect" && mode != "symmetric" && mode != "replicate")
        s.refuse("there is no such mode", "use reflect, symmetric or replicate (or pad_zero)");
    std::vector<int64_t> sizes;
    for (int k = 0; k < x.rank(); ++k) {
        const int64_t b = before[size_t(k)], a = after[size_t(k)];
        if (b < 0 || a < 0)
            s.refuse("a negative number of elements along axis " + std::to_string(k), "use slice to cut");
        if (x[k] == 0 && a + b > 0) s.refuse("axis " + std::to_string(k) + " is empty: there is nothing to repeat");
        sizes.push_back(x[k] + a + b);
    }
    return {{Shape(sizes)}};
}

static std::vector<Tensor> gradient_of_pad(const GradientCall& c) {
    return {operation_named("fold")({c.cotangent()}, c.attributes())};
}

static Attributes pad_of(const char* mode, std::vector<int64_t> before, std::vector<int64_t> after) {
    return {{"mode", std::string(mode)}, {"before", before}, {"after", after}};
}

ADJOINT_OPERATION(pad) {
    return pad_kernels({
        .name = "pad",
        .equation = "y = x with its borders continued",
        .infer = infer_pad,
        .gradient = gradient_of_pad,
        .samples = {{{{.shape = {5, 6}}}, pad_of("reflect", {2, 3}, {1, 4})},
                    {{{.shape = {5, 6}}}, pad_of("replicate", {2, 3}, {1, 4})},
                    {{{.shape = {2, 3, 4}}}, pad_of("reflect", {0, 7, 0}, {0, 9, 1})},
                    {{{.shape = {1, 4}}}, pad_of("reflect", {2, 0}, {1, 0})},
                    {{{.shape = {5, 6}}}, pad_of("symmetric", {2, 3}, {1, 4})},
                    {{{.shape = {3, 2, 1, 3}}}, pad_of("symmetric", {0, 0, 5, 7}, {0, 0, 2, 4})},
                    {{{.shape = {2, 40, 70}}}, pad_of("reflect", {0, 5, 6}, {0, 7, 8})},
                    {{{.shape = {0, 4}}}, pad_of("replicate", {0, 1}, {0, 1})}},
        .wrong = {{{{{.shape = {5, 9}}}, pad_of("reflect", {1}, {1})}, "one entry for each of its 2 axes"},
                  {{{{.shape = {5}}}, pad_of("wrap", {1}, {1})}, "no such mode"},
                  {{{{.shape = {5}}}, pad_of("reflect", {-1}, {1})}, "a negative number"},
                  {{{{.shape = {0}}}, pad_of("reflect", {1}, {1})}, "nothing to repeat"}},
    });
}

Tensor pad_reflect(const Tensor& x, const std::vector<int64_t>& before, const std::vector<int64_t>& after) {
    return pad_operation()({x}, pad_of("reflect", before, after));
}
Tensor pad_symmetric(const Tensor& x, const std::vector<int64_t>& before, const std::vector<int64_t>& after) {
    return pad_operation()({x}, pad_of("symmetric", before, after));
}
Tensor pad_replicate(const Tensor& x, const std::vector<int64_t>& before, const std::vector<int64_t>& after) {
    return pad_operation()({x}, pad_of("replicate", before, after));
}
Tensor pad_zero(const Tensor& x, const std::vector<int64_t>& before, const std::vector<int64_t>& after) {
    const size_t rank = size_t(x.rank());
    if (before.size() != rank || after.size() != rank)
        fail(ExitCode::usage, "pad_zero of " + x.shape().text(),
             "before and after must have one entry for each of its " + std::to_string(rank) + " axes");
    std::vector<int64_t> first, size;
    for (size_t k = 0; k < rank; ++k) {
        if (before[k] < 0 || after[k] < 0)
            fail(ExitCode::usage, "pad_zero of " + x.shape().text(),
                 "a negative number of elements along axis " + std::to_string(k), "use slice to cut");
        first.push_back(-before[k]);
        size.push_back(x.shape()[int(k)] + before[k] + after[k]);
    }
    return slice(x, first, size);
}

}  // namespace adjoint
#endif
