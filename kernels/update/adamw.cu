// adamw: one step of Adam with decoupled weight decay on parameters p with gradient g and moments m and v, all of one
// shape. Equations: adam_rule.h. I. Loshchilov, F. Hutter, Decoupled weight decay regularization, ICLR 2019.
#include "kernels/update/adam_rule.h"

namespace adjoint {

ADJOINT_UPDATE(adamw, AdamRule<true>, 4, 0b1101)

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/update/update.h"
namespace adjoint {

ADJOINT_OPERATION(adamw) {
    return adamw_kernels({
        .name = "adamw",
        .equation = "p ← p (1 − η λ) − η m̂ / (√v̂ + ε)",
        .infer = infer_adam,
        .flops = [](const Signature& s) { return 14.0 * double(s.shape(0).count()); },
        .samples = adam_samples(),
        .wrong = adam_wrong(),
    });
}

void adamw(const Tensor& parameters, const Tensor& gradient, const Tensor& m, const Tensor& v, const AdamSettings& a,
          int64_t step) {
    adamw_operation().apply({parameters, gradient, m, v}, adam_attributes(a.learning_rate, a.beta1, a.beta2, a.epsilon,
                                                                         a.weight_decay, step));
}

}  // namespace adjoint
#endif
