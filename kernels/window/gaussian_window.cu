// gaussian_window: y[i] = Σ_{s in window i} w[s − i] x[s], per plane, over zeros beyond the border; w: a separable
// Gaussian, Σ w = 1 (window.h). Linear; its adjoint is gaussian_spread: x[s] = Σ_{windows i that hold s} w[s − i] y[i].
// Flops: 2 (height + width) per window, one axis after the other.
#include "kernels/window/linear.h"

#if ADJOINT_HOST
namespace adjoint {

static std::vector<Tensor> gradient_of_gaussian_window(const GradientCall& c) {
    Attributes a = c.attributes();
    a.set("height", c.input_spec(0).shape[2]);
    a.set("width", c.input_spec(0).shape[3]);
    return {operation_named("gaussian_spread")({c.cotangent()}, a)};
}
static std::vector<Tensor> gradient_of_gaussian_spread(const GradientCall& c) {
    return {operation_named("gaussian_window")({c.cotangent()}, c.attributes())};
}
static double separable_flops(const Signature& s) {
    const std::vector<int64_t>& size = s.attributes.list("window");
    const double places = double(std::max(s.shape(0).count(), s.operation.infer(s)[0].shape.count()));
    return 2.0 * double(size[0] + size[1]) * places;
}

ADJOINT_DECLARE_KERNELS(gaussian_window)
ADJOINT_DECLARE_KERNELS(gaussian_spread)

ADJOINT_OPERATION(gaussian_window) {
    return {
        .name = "gaussian_window",
        .equation = "y[i] = Σ_{s in window i} w[s−i] x[s]",
        .kind = Kind::linear,
        .infer = infer_window_maps,
        .definition = {linear_window_definition<double, false>, linear_window_definition<Dual1, false>,
                       linear_window_definition<Dual2, false>, linear_window_definition<Dual3, false>},
        .cpu = ADJOINT_CPU_KERNELS(gaussian_window),
        .gpu = ADJOINT_GPU_KERNELS(gaussian_window),
        .gradient = gradient_of_gaussian_window,
        .flops = separable_flops,
        .samples = linear_window_samples(1.5, false),
        .wrong = linear_window_wrongs(1.5, false),
    };
}

ADJOINT_OPERATION(gaussian_spread) {
    return {
        .name = "gaussian_spread",
        .equation = "x[s] = Σ_{windows i that hold s} w[s−i] g[i]",
        .kind = Kind::linear,
        .infer = infer_window_image,
        .definition = {linear_window_definition<double, true>, linear_window_definition<Dual1, true>,
                       linear_window_definition<Dual2, true>, linear_window_definition<Dual3, true>},
        .cpu = ADJOINT_CPU_KERNELS(gaussian_spread),
        .gpu = ADJOINT_GPU_KERNELS(gaussian_spread),
        .gradient = gradient_of_gaussian_spread,
        .flops = separable_flops,
        .samples = linear_window_samples(1.5, true),
        .wrong = linear_window_wrongs(1.5, true),
    };
}

Tensor gaussian_window(const Tensor& x, const Window& w) { return gaussian_window_operation()({x}, attributes_of(w)); }
Tensor gaussian_spread(const Tensor& g, const Window& w, int64_t image_height, int64_t image_width) {
    Attributes a = attributes_of(w);
    a.set("height", image_height);
    a.set("width", image_width);
    return gaussian_spread_operation()({g}, a);
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
namespace adjoint::ADJOINT_ISA {
namespace {
template <class T> void gaussian_window(const KernelArguments& a) { linear_window<T, false>(a); }
template <class T> void gaussian_spread(const KernelArguments& a) { linear_window<T, true>(a); }
}  // namespace
ADJOINT_KERNELS(gaussian_window)
ADJOINT_KERNELS(gaussian_spread)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
namespace adjoint::gpu {
namespace {
template <class T> void gaussian_window(const KernelArguments& a) { linear_window<T, false>(a); }
template <class T> void gaussian_spread(const KernelArguments& a) { linear_window<T, true>(a); }
}  // namespace
ADJOINT_KERNELS(gaussian_window)
ADJOINT_KERNELS(gaussian_spread)
}  // namespace adjoint::gpu
#endif
