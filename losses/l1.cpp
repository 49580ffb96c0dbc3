// Mean absolute error.
//
//   x, y   N×C×H×W   prediction, target (complex: N×C×H×W×2, real and imaginary parts count as numbers of their own)
//   L = mean |x − y|                                                        (1)
//   dL/dx = sign(x − y)/count, 0 where x = y
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "losses/loss.h"
#include "losses/losses.h"

namespace adjoint {

Tensor l1(const Tensor& x, const Tensor& y) {
    check_images(x, y, "l1");
    return mean(abs(x - y));                                                // (1)
}

namespace {
struct L1 : Loss {
    void describe(LossKeys&) override {}
    std::vector<LossTerm> terms(const Tensor& x, const Tensor& y, const LossContext&) const override {
        return {{"", l1(x, y)}};
    }
};
}  // namespace
std::unique_ptr<Loss> make_l1() { return std::make_unique<L1>(); }

}  // namespace adjoint
