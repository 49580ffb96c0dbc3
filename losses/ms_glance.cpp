// MS-Glance. Z. Gao, W. Yang, Y. Li, L. Xing, S. K. Zhou: "MS-Glance: bio-inspired non-semantic context vectors and
// their applications in supervising image reconstruction", WACV 2025.
//
//   V_Local, V_Global    Glance vectors of the image and of random pixels (local_glance.cpp, global_glance.cpp)
//   S                    their Glance index
//   published code (default): two losses, each with the mean of its own windows
//     L = (1 − mean_{V_Local} S) + (1 − mean_{V_Global} S)                 (1)
//   paper: V = V_Local ∪ V_Global
//     L = 1 − mean_V S                                                     (2)
//
// In the paper's experiments the weight of L beside a base loss is 0.01 (image fitting, with L2) and 0.1 (MRI, with
// L1).
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "losses/glance.h"

namespace adjoint {

MsGlanceLoss ms_glance_loss(const Tensor& prediction, const Tensor& target, const GlanceSettings& s,
                            const LossContext& context) {
    const Tensor S_local = local_glance_map(prediction, target, s);
    const Tensor S_global = global_glance_map(prediction, target, s, context);
    const Tensor local = 1.0 - mean(S_local), global = 1.0 - mean(S_global);
    if (!s.united) return {local + global, local, global};                                         // (1)
    const double share = double(S_local.size()) / double(S_local.size() + S_global.size());
    return {share * local + (1 - share) * global, local, global};                                  // (2)
}

namespace {
struct MsGlance : GlanceLoss {
    void describe(LossKeys& keys) override {
        describe_local(keys);
        describe_global(keys);
        describe_union(keys);
    }
    std::vector<std::string> parts() const override { return {"local", "global"}; }
    std::vector<LossTerm> terms(const Tensor& x, const Tensor& y, const LossContext& c) const override {
        const MsGlanceLoss L = ms_glance_loss(x, y, s, c);
        return {{"", L.total}, {"local", L.local}, {"global", L.global}};
    }
};
}  // namespace
std::unique_ptr<Loss> make_ms_glance() { return std::make_unique<MsGlance>(); }

}  // namespace adjoint
