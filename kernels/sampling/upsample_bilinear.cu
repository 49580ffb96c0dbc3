// upsample_bilinear: y[i, j] = Σ_{a, b ∈ {0, 1}} of the four pixels around the source position, weighted by its distance
// to the opposite ones; plane by plane. Positions: sampling.h. Linear; upsample_bilinear_adjoint is the other way.
#include "kernels/sampling/resample.h"

namespace adjoint {
namespace {

ADJOINT_INLINE Axes2d<BilinearAxis> bilinear_axes(const KernelArguments& a, const ArrayView& source, const ArrayView& target) {
    const int64_t h = source.shape[2], w = source.shape[3];
    const bool corners = a.integer("corners") != 0;
    return {{h, target.shape[2], a.real("ratio_y"), corners}, {w, target.shape[3], a.real("ratio_x"), corners}};
}

}  // namespace
ADJOINT_RESAMPLING(upsample_bilinear, bilinear_axes)
}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/sampling/pooling.h"
#include "kernels/sampling/upsampling.h"

namespace adjoint {

static std::vector<Tensor> gradient_of_upsample_bilinear(const GradientCall& c) {
    return {operation_named("upsample_bilinear_adjoint")({c.cotangent()}, of_image(c.attributes(), c.input_spec(0).shape))};
}
static std::vector<Tensor> gradient_of_upsample_bilinear_adjoint(const GradientCall& c) {
    return {operation_named("upsample_bilinear")({c.cotangent()}, c.attributes())};
}

// Source pixels per target pixel along an axis.
static double ratio_of(int64_t source, int64_t target, double scale, bool corners) {
    if (corners) return target > 1 ? double(source - 1) / double(target - 1) : 0;
    return scale > 0 ? 1 / scale : double(source) / double(target);
}
static Attributes bilinear_attributes(const Shape& x, Extent size, double scale, bool corners) {
    return upsample_attributes(size, ratio_of(x[2], size.height, scale, corners),
                               ratio_of(x[3], size.width, scale, corners), corners);
}
static std::vector<Attributes> settings_of(const UpsampleTrial& t) {
    return {bilinear_attributes(t.x, t.target, t.scale, false), bilinear_attributes(t.x, t.target, t.scale, true)};
}

ADJOINT_OPERATION(upsample_bilinear) {
    return {
        .name = "upsample_bilinear",
        .equation = "y[i] = Σ_a w_a x[⌊s(i)⌋ + a]",
        .kind = Kind::linear,
        .infer = infer_upsample,
        .definition = ADJOINT_DEFINITION(upsample_bilinear_definition),
        .cpu = ADJOINT_CPU_KERNELS(upsample_bilinear),
        .gpu = ADJOINT_GPU_KERNELS(upsample_bilinear),
        .gradient = gradient_of_upsample_bilinear,
        .samples = upsample_samples(settings_of, false),
        .wrong = upsample_wrongs(upsample_attributes({8, 8}, 0, 0, false)),
    };
}

ADJOINT_OPERATION(upsample_bilinear_adjoint) {
    return {
        .name = "upsample_bilinear_adjoint",
        .equation = "x[⌊s(i)⌋ + a] += w_a y[i]",
        .kind = Kind::linear,
        .infer = infer_upsample_adjoint,
        .definition = ADJOINT_DEFINITION(upsample_bilinear_adjoint_definition),
        .cpu = ADJOINT_CPU_KERNELS(upsample_bilinear_adjoint),
        .gpu = ADJOINT_GPU_KERNELS(upsample_bilinear_adjoint),
        .gradient = gradient_of_upsample_bilinear_adjoint,
        .samples = upsample_samples(settings_of, true),
        .wrong = upsample_adjoint_wrongs(upsample_attributes({8, 8}, 0, 0, false)),
    };
}

static Tensor upsample_bilinear(const Tensor& x, Extent size, double scale, bool corners) {
    if (x.rank() != 4) return upsample_bilinear_operation()({x}, upsample_attributes(size, 0, 0, corners));  // refuses
    return upsample_bilinear_operation()({x}, bilinear_attributes(x.shape(), size, scale, corners));
}
Tensor upsample_bilinear(const Tensor& x, Extent size, bool align_corners) {
    return upsample_bilinear(x, size, 0, align_corners);
}
Tensor upsample_bilinear(const Tensor& x, double scale, bool align_corners) {
    return upsample_bilinear(x, scaled_extent(x, scale, "upsample_bilinear"), scale, align_corners);
}
}  // namespace adjoint
#endif
