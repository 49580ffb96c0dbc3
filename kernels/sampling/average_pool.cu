// average_pool: y[i, j] = 1/D Σ_{u, v} x[i s_h + u − p_h, j s_w + v − p_w], plane by plane, over the pixels inside the
// image. D = k_h k_w (include_padding), or the number of those pixels. Linear; average_pool_adjoint is the other way.
#include "kernels/sampling/pooling.h"
#include "kernels/sampling/resample.h"

namespace adjoint {
namespace {

ADJOINT_INLINE Axes2d<AverageAxis> average_axes(const KernelArguments& a, const ArrayView& source, const ArrayView& target) {
    const PoolSizes s = pool_sizes(a, source, target);
    const bool include = a.integer("include_padding") != 0;
    return {{s.h, s.ho, s.kh, s.sh, s.ph, include}, {s.w, s.wo, s.kw, s.sw, s.pw, include}};
}

}  // namespace
ADJOINT_RESAMPLING(average_pool, average_axes)
}  // namespace adjoint

#if ADJOINT_HOST
namespace adjoint {

static std::vector<Tensor> gradient_of_average_pool(const GradientCall& c) {
    return {operation_named("average_pool_adjoint")({c.cotangent()}, of_image(c.attributes(), c.input_spec(0).shape))};
}
static std::vector<Tensor> gradient_of_average_pool_adjoint(const GradientCall& c) {
    return {operation_named("average_pool")({c.cotangent()}, c.attributes())};
}

static Attributes average_attributes(const PoolingSettings& s) {
    Attributes a = pool_attributes(s);
    a.set("include_padding", int64_t(s.include_padding));
    return a;
}

// Every trial once with each divisor.
static std::vector<Sample> average_samples(bool adjoint) {
    std::vector<Sample> all;
    for (PoolTrial t : pool_trials())
        for (bool include : {true, false}) {
            t.s.include_padding = include;
            const Attributes a = average_attributes(t.s);
            all.push_back(adjoint ? Sample{{{.shape = t.pooled()}}, of_image(a, t.x)} : Sample{{{.shape = t.x}}, a});
        }
    return all;
}

ADJOINT_OPERATION(average_pool) {
    return {
        .name = "average_pool",
        .equation = "y[i] = 1/D Σ_{s in window i} x[s]",
        .kind = Kind::linear,
        .infer = infer_pool,
        .definition = ADJOINT_DEFINITION(average_pool_definition),
        .cpu = ADJOINT_CPU_KERNELS(average_pool),
        .gpu = ADJOINT_GPU_KERNELS(average_pool),
        .gradient = gradient_of_average_pool,
        .flops = [](const Signature& s) { return double(s.shape(0).count()); },
        .samples = average_samples(false),
        .wrong = pool_wrongs(average_attributes),
    };
}

ADJOINT_OPERATION(average_pool_adjoint) {
    const Attributes a = of_image(average_attributes(pooling(2)), {1, 1, 8, 8});
    return {
        .name = "average_pool_adjoint",
        .equation = "x[s] = Σ_{windows i that hold s} y[i]/D",
        .kind = Kind::linear,
        .infer = infer_unpool,
        .definition = ADJOINT_DEFINITION(average_pool_adjoint_definition),
        .cpu = ADJOINT_CPU_KERNELS(average_pool_adjoint),
        .gpu = ADJOINT_GPU_KERNELS(average_pool_adjoint),
        .gradient = gradient_of_average_pool_adjoint,
        .samples = average_samples(true),
        .wrong = {{{{{.shape = {1, 2, 3, 4}}}, a}, "a pooled image of 8×8 has 4×4 pixels"},
                  {{{{.shape = {2, 4, 4}}}, a}, "four axes"}},
    };
}

Tensor average_pool(const Tensor& x, const PoolingSettings& s) { return average_pool_operation()({x}, average_attributes(s)); }

}  // namespace adjoint
#endif
