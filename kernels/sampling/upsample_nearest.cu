// upsample_nearest: y[i, j] = x[⌊i H/H_target⌋, ⌊j W/W_target⌋], plane by plane; by scale: x[⌊i/scale⌋, …]. Linear;
// upsample_nearest_adjoint sums the copies.
#include "kernels/sampling/resample.h"

namespace adjoint {
namespace {

ADJOINT_INLINE Axes2d<NearestAxis> nearest_axes(const KernelArguments& a, const ArrayView& source, const ArrayView& target) {
    const int64_t h = source.shape[2], w = source.shape[3];
    return {{h, target.shape[2], a.real("ratio_y")}, {w, target.shape[3], a.real("ratio_x")}};
}

}  // namespace
ADJOINT_RESAMPLING(upsample_nearest, nearest_axes)
}  // namespace adjoint

#if ADJOINT_HOST
#include <cmath>

#include "kernels/sampling/pooling.h"
#include "kernels/sampling/upsampling.h"

namespace adjoint {

static std::vector<Tensor> gradient_of_upsample_nearest(const GradientCall& c) {
    return {operation_named("upsample_nearest_adjoint")({c.cotangent()}, of_image(c.attributes(), c.input_spec(0).shape))};
}
static std::vector<Tensor> gradient_of_upsample_nearest_adjoint(const GradientCall& c) {
    return {operation_named("upsample_nearest")({c.cotangent()}, c.attributes())};
}

static std::vector<Attributes> settings_of(const UpsampleTrial& t) {
    const double ratio = t.scale > 0 ? 1 / t.scale : 0;
    return {upsample_attributes(t.target, ratio, ratio, false)};
}

ADJOINT_OPERATION(upsample_nearest) {
    return {
        .name = "upsample_nearest",
        .equation = "y[i] = x[⌊i H/H_target⌋]",
        .kind = Kind::linear,
        .infer = infer_upsample,
        .definition = ADJOINT_DEFINITION(upsample_nearest_definition),
        .cpu = ADJOINT_CPU_KERNELS(upsample_nearest),
        .gpu = ADJOINT_GPU_KERNELS(upsample_nearest),
        .gradient = gradient_of_upsample_nearest,
        .samples = upsample_samples(settings_of, false),
        .wrong = upsample_wrongs(upsample_attributes({8, 8}, 0, 0, false)),
    };
}

ADJOINT_OPERATION(upsample_nearest_adjoint) {
    return {
        .name = "upsample_nearest_adjoint",
        .equation = "x[s] = Σ_{copies i of s} y[i]",
        .kind = Kind::linear,
        .infer = infer_upsample_adjoint,
        .definition = ADJOINT_DEFINITION(upsample_nearest_adjoint_definition),
        .cpu = ADJOINT_CPU_KERNELS(upsample_nearest_adjoint),
        .gpu = ADJOINT_GPU_KERNELS(upsample_nearest_adjoint),
        .gradient = gradient_of_upsample_nearest_adjoint,
        .samples = upsample_samples(settings_of, true),
        .wrong = upsample_adjoint_wrongs(upsample_attributes({8, 8}, 0, 0, false)),
    };
}

Tensor upsample_nearest(const Tensor& x, Extent size) {
    return upsample_nearest_operation()({x}, upsample_attributes(size, 0, 0, false));
}
Tensor upsample_nearest(const Tensor& x, double scale) {
    const Extent size = scaled_extent(x, scale, "upsample_nearest");
    if (scale == std::floor(scale)) return upsample_nearest(x, size);  // in whole numbers: i·(1/49) may round below i/49
    return upsample_nearest_operation()({x}, upsample_attributes(size, 1 / scale, 1 / scale, false));
}
}  // namespace adjoint
#endif
