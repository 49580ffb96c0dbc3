// adam: one step of Adam on parameters p with gradient g and moments m and v, all of one shape. Equations: adam_rule.h.
// D. P. Kingma, J. Ba, Adam: a method for stochastic optimization, ICLR 2015. Weight decay: λ p added to the gradient.
#include "kernels/update/adam_rule.h"

namespace adjoint {

ADJOINT_UPDATE(adam, AdamRule<false>, 4, 0b1101)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/update/update.h"
namespace adjoint {

ADJOINT_OPERATION(adam) {
    return adam_kernels({
        .name = "adam",
        .equation = "p ← p − η m̂ / (√v̂ + ε)",
        .infer = infer_adam,
        .flops = [](const Signature& s) { return 14.0 * double(s.shape(0).count()); },
        .samples = adam_samples(),
        .wrong = adam_wrong(),
    });
}

void adam(const Tensor& parameters, const Tensor& gradient, const Tensor& m, const Tensor& v, const AdamSettings& a,
          int64_t step) {
    adam_operation().apply({parameters, gradient, m, v}, adam_attributes(a.learning_rate, a.beta1, a.beta2, a.epsilon,
                                                                         a.weight_decay, step));
}

}  // namespace adjoint
#endif
