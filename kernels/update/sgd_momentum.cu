// sgd_momentum: one step of gradient descent with momentum on parameters p, gradient g and velocity u of one shape:
//   g ← g + λ p,   u ← μ u + g,   p ← p − η u,   with Nesterov's look-ahead p ← p − η (g + μ u).
// I. Sutskever et al., On the importance of initialization and momentum in deep learning, ICML 2013, in the form that
// keeps η out of the velocity.
#include <cmath>

#include "kernels/update/rule.h"

namespace adjoint {

namespace {
struct SgdMomentumRule {
    double rate, weight_decay, momentum;
    bool nesterov;
    ADJOINT_INLINE explicit SgdMomentumRule(const KernelArguments& a)
        : rate(a.real("learning_rate")), weight_decay(a.real("weight_decay")), momentum(a.real("momentum")),
          nesterov(a.integer("nesterov") != 0) {}
    template <class S>
    ADJOINT_BOTH ADJOINT_INLINE void operator()(S& p, S g, S& u) const {
        g = g + S(weight_decay) * p;
        u = S(momentum) * u + g;
        p = p - S(rate) * (nesterov ? g + S(momentum) * u : u);
    }
};
}  // namespace
ADJOINT_UPDATE(sgd_momentum, SgdMomentumRule, 3, 0b101)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/update/update.h"
namespace adjoint {

static std::vector<TensorSpec> infer_sgd_momentum(const Signature& s) {
    const double rate = s.attributes.real("learning_rate"), decay = s.attributes.real("weight_decay"),
                 momentum = s.attributes.real("momentum");
    require_setting(s, std::isfinite(rate) && rate >= 0, "learning_rate", "0 or more");
    require_setting(s, std::isfinite(decay) && decay >= 0, "weight_decay", "0 or more");
    require_setting(s, momentum >= 0 && momentum < 1, "momentum", "from 0 to below 1");
    return infer_update(s);
}

ADJOINT_OPERATION(sgd_momentum) {
    auto call = [](const Shape& shape, double rate, double decay, double momentum, int64_t nesterov) {
        return Sample{{{.shape = shape}, {.shape = shape}, {.shape = shape}},
                      {{"learning_rate", rate}, {"weight_decay", decay}, {"momentum", momentum},
                       {"nesterov", nesterov}}};
    };
    Sample other = call({3}, 0.1, 0, 0.9, 0);
    other.inputs[2].shape = {2};
    return sgd_momentum_kernels({
        .name = "sgd_momentum",
        .equation = "u ← μ u + g + λ p,  p ← p − η u",
        .infer = infer_sgd_momentum,
        .flops = [](const Signature& s) { return 6.0 * double(s.shape(0).count()); },
        .samples = {call({3, 5}, 0.1, 0, 0.9, 0), call({40001}, 0.5, 0.1, 0.5, 1), call({1}, 0.5, 0, 0, 1),
                    call({0}, 0.5, 0.1, 0.9, 0)},
        .wrong = {{other, "the shapes differ"},
                  {call({3}, -0.1, 0, 0.9, 0), "learning_rate is out of range"},
                  {call({3}, 0.1, -1, 0.9, 0), "weight_decay is out of range"},
                  {call({3}, 0.1, 0, 1, 0), "momentum is out of range"}},
    });
}

void sgd_momentum(const Tensor& parameters, const Tensor& gradient, const Tensor& velocity, const SgdSettings& s) {
    const Attributes settings{{"learning_rate", s.learning_rate}, {"weight_decay", s.weight_decay},
                              {"momentum", s.momentum}, {"nesterov", int64_t(s.nesterov)}};
    sgd_momentum_operation().apply({parameters, gradient, velocity}, settings);
}

}  // namespace adjoint
#endif
