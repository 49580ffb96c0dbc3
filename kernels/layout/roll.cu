// roll: y_i = x_(i − shift mod n) along each axis. Linear; its adjoint rolls back.
#include "kernels/layout/move.h"

namespace adjoint {
namespace {
ADJOINT_INLINE Move plan_roll(const KernelArguments& a) {
    Move m = identity_move(a.in_view(0), a.out_view(0));
    int count;
    const int64_t* shift = a.list("shifts", &count);
    for (int k = 0; k < m.rank; ++k) {
        if (m.size[k] == 0 || shift[k] % m.size[k] == 0) continue;  // the axis stays whole
        m.first[k] = -(shift[k] % m.size[k]);
        m.map[k] = rolled;
    }
    return m;
}
}  // namespace
ADJOINT_MOVE(roll, plan_roll)
}  // namespace adjoint

#if ADJOINT_HOST
#include "engine/operation.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"

namespace adjoint {

static std::vector<TensorSpec> infer_roll(const Signature& s) {
    if (int(s.attributes.list("shifts").size()) != s.shape(0).rank())
        s.refuse("shifts must have one entry for each of its " + std::to_string(s.shape(0).rank()) + " axes");
    return {{s.shape(0)}};
}

static std::vector<Tensor> gradient_of_roll(const GradientCall& c) {
    std::vector<int64_t> back = c.attributes().list("shifts");
    for (int64_t& s : back) s = -s;
    return {roll(c.cotangent(), back)};
}

ADJOINT_OPERATION(roll) {
    return roll_kernels({
        .name = "roll",
        .equation = "y_i = x_(i − shift mod n)",
        .infer = infer_roll,
        .gradient = gradient_of_roll,
        .samples = {{{{.shape = {5, 9}}}, {{"shifts", std::vector<int64_t>{2, -4}}}},
                    {{{.shape = {3, 4, 7}}}, {{"shifts", std::vector<int64_t>{0, 100, 0}}}},
                    {{{.shape = {1}}}, {{"shifts", std::vector<int64_t>{3}}}},
                    {{{.shape = {0, 2}}}, {{"shifts", std::vector<int64_t>{1, 1}}}}},
        .wrong = {{{{{.shape = {5, 9}}}, {{"shifts", std::vector<int64_t>{1}}}}, "one entry for each of its 2 axes"}},
    });
}

Tensor roll(const Tensor& x, const std::vector<int64_t>& shifts) { return roll_operation()({x}, {{"shifts", shifts}}); }

}  // namespace adjoint
#endif
