// window_sum: y[i] = Σ_{s in window i} x[s], per plane, over zeros beyond the border. Linear; its adjoint is
// window_spread: x[s] = Σ_{windows i that hold s} y[i]; and the other way round. Symbols: window.h.
// Flops: 2 additions per pixel down the columns and 2 along the rows, whatever the window's size.
#include "kernels/window/linear.h"

#if ADJOINT_HOST
namespace adjoint {

static std::vector<Tensor> gradient_of_window_sum(const GradientCall& c) {
    Attributes a = c.attributes();
    a.set("height", c.input_spec(0).shape[2]);
    a.set("width", c.input_spec(0).shape[3]);
    return {operation_named("window_spread")({c.cotangent()}, a)};
}
static std::vector<Tensor> gradient_of_window_spread(const GradientCall& c) {
    return {operation_named("window_sum")({c.cotangent()}, c.attributes())};
}
static double running_sum_flops(const Signature& s) {
    return 4.0 * double(std::max(s.shape(0).count(), s.operation.infer(s)[0].shape.count()));
}

ADJOINT_DECLARE_KERNELS(window_sum)
ADJOINT_DECLARE_KERNELS(window_spread)

ADJOINT_OPERATION(window_sum) {
    return {
        .name = "window_sum",
        .equation = "y[i] = Σ_{s in window i} x[s]",
        .kind = Kind::linear,
        .infer = infer_window_maps,
        .definition = {linear_window_definition<double, false>, linear_window_definition<Dual1, false>,
                       linear_window_definition<Dual2, false>, linear_window_definition<Dual3, false>},
        .cpu = ADJOINT_CPU_KERNELS(window_sum),
        .gpu = ADJOINT_GPU_KERNELS(window_sum),
        .gradient = gradient_of_window_sum,
        .flops = running_sum_flops,
        .samples = linear_window_samples(0, false),
        .wrong = linear_window_wrongs(0, false),
    };
}

ADJOINT_OPERATION(window_spread) {
    return {
        .name = "window_spread",
        .equation = "x[s] = Σ_{windows i that hold s} g[i]",
        .kind = Kind::linear,
        .infer = infer_window_image,
        .definition = {linear_window_definition<double, true>, linear_window_definition<Dual1, true>,
                       linear_window_definition<Dual2, true>, linear_window_definition<Dual3, true>},
        .cpu = ADJOINT_CPU_KERNELS(window_spread),
        .gpu = ADJOINT_GPU_KERNELS(window_spread),
        .gradient = gradient_of_window_spread,
        .flops = running_sum_flops,
        .samples = linear_window_samples(0, true),
        .wrong = linear_window_wrongs(0, true),
    };
}

Tensor window_sum(const Tensor& x, const Window& w) { return window_sum_operation()({x}, attributes_of(w)); }
Tensor window_spread(const Tensor& g, const Window& w, int64_t image_height, int64_t image_width) {
    Attributes a = attributes_of(w);
    a.set("height", image_height);
    a.set("width", image_width);
    return window_spread_operation()({g}, a);
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
namespace adjoint::ADJOINT_ISA {
namespace {
template <class T> void window_sum(const KernelArguments& a) { linear_window<T, false>(a); }
template <class T> void window_spread(const KernelArguments& a) { linear_window<T, true>(a); }
}  // namespace
ADJOINT_KERNELS(window_sum)
ADJOINT_KERNELS(window_spread)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
namespace adjoint::gpu {
namespace {
template <class T> void window_sum(const KernelArguments& a) { linear_window<T, false>(a); }
template <class T> void window_spread(const KernelArguments& a) { linear_window<T, true>(a); }
}  // namespace
ADJOINT_KERNELS(window_sum)
ADJOINT_KERNELS(window_spread)
}  // namespace adjoint::gpu
#endif
