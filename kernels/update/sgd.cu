// sgd: p ← p − η (g + λ p): one step of gradient descent on parameters p with gradient g, of one shape.
#include <cmath>

#include "kernels/update/rule.h"

namespace adjoint {

namespace {
struct SgdRule {
    double rate, weight_decay;
    ADJOINT_INLINE explicit SgdRule(const KernelArguments& a)
        : rate(a.real("learning_rate")), weight_decay(a.real("weight_decay")) {}
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE void operator()(S& p, S g) const {
        p = p - S(rate) * (g + S(weight_decay) * p);
    }
};
}  // namespace
ADJOINT_UPDATE(sgd, SgdRule, 2, 0b01)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/update/update.h"
namespace adjoint {

static std::vector<TensorSpec> infer_sgd(const Signature& s) {
    const double rate = s.attributes.real("learning_rate"), decay = s.attributes.real("weight_decay");
    require_setting(s, std::isfinite(rate) && rate >= 0, "learning_rate", "0 or more");
    require_setting(s, std::isfinite(decay) && decay >= 0, "weight_decay", "0 or more");
    return infer_update(s);
}

ADJOINT_OPERATION(sgd) {
    auto settings = [](double rate, double decay) {
        return Attributes{{"learning_rate", rate}, {"weight_decay", decay}};
    };
    return sgd_kernels({
        .name = "sgd",
        .equation = "p ← p − η (g + λ p)",
        .infer = infer_sgd,
        .flops = [](const Signature& s) { return 4.0 * double(s.shape(0).count()); },
        .samples = {{{{.shape = {3, 5}}, {.shape = {3, 5}}}, settings(0.1, 0)},
                    {{{.shape = {40001}}, {.shape = {40001}}}, settings(0.5, 0.1)},
                    {{{.shape = {0}}, {.shape = {0}}}, settings(0.5, 0.1)}},
        .wrong = {{{{{.shape = {3}}, {.shape = {1}}}, settings(0.1, 0)}, "the shapes differ"},
                  {{{{.shape = {3}}, {.shape = {3}}}, settings(-0.1, 0)}, "learning_rate is out of range"},
                  {{{{.shape = {3}}, {.shape = {3}}}, settings(0.1, -1)}, "weight_decay is out of range"}},
    });
}

void sgd(const Tensor& parameters, const Tensor& gradient, const SgdSettings& s) {
    if (s.momentum != 0 || s.nesterov)
        fail(ExitCode::usage, "sgd without a velocity", "momentum is asked for", "use sgd_momentum");
    sgd_operation().apply({parameters, gradient},
                          {{"learning_rate", s.learning_rate}, {"weight_decay", s.weight_decay}});
}

}  // namespace adjoint
#endif
