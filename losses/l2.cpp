// Mean squared error.
//
//   x, y   N×C×H×W   prediction, target (complex: N×C×H×W×2, real and imaginary parts count as numbers of their own)
//   L = mean (x − y)²                                                       (1)
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "losses/loss.h"
#include "losses/losses.h"

namespace adjoint {

Tensor l2(const Tensor& x, const Tensor& y) {
    check_images(x, y, "l2");
    return mean(square(x - y));                                             // (1)
}

namespace {
struct L2 : Loss {
    void describe(LossKeys&) override {}
    std::vector<LossTerm> terms(const Tensor& x, const Tensor& y, const LossContext&) const override {
        return {{"", l2(x, y)}};
    }
};
}  // namespace
std::unique_ptr<Loss> make_l2() { return std::make_unique<L2>(); }

}  // namespace adjoint
