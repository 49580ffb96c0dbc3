// What the Glance losses share.
#pragma once
#include "losses/loss.h"

namespace adjoint {

// The image that Glance looks at: the magnitude of a complex one; with notebook_layout its scrambled planes.
Tensor glance_image(const Tensor& x, const GlanceSettings&);
// S over the windows of two real images: N×C×H'×W', joint: N×1×H'×W'.
Tensor glance_index_map(const Tensor& x, const Tensor& y, const GlanceSettings&);

// The settings of all three by name.
class GlanceLoss : public Loss {
public:
    void prepare(LossKeys&) override;

protected:
    void describe_local(LossKeys&);
    void describe_global(LossKeys&);
    void describe_union(LossKeys&);
    GlanceSettings s;

private:
    std::string form_ = "code", border_ = "zeros", kernel_ = "uniform", drop_ = "LC", layout_ = "image",
                magnitude_ = "last-axis", mean_ = "separate";
};

}  // namespace adjoint
