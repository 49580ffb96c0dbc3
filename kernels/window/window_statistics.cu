// window_statistics: means, variances and covariance of two images x, y over windows (window.h), zeros of the padding
// included:
//   μ_x = Σ w x,  μ_y = Σ w y,  v_x = Σ w (x−μ_x)²,  v_y = Σ w (y−μ_y)²,  c = Σ w (x−μ_x)(y−μ_y),  Σ w = 1
//   dL/dx_p = Σ_{windows i that hold p} w_p (dL/dμ_x,i + 2 dL/dv_x,i (x_p − μ_x,i) + dL/dc_i (y_p − μ_y,i)), y likewise
// as in Z. Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE TIP 13(4),
// 2004, eq. 14–16. The variances are clamped at 0, where only rounding could bring them; the gradient passes, as v = 0
// is the clamp's own bound and x_p − μ_x is 0 there.
//
// One pass by sliding sums of x′, y′, x′², y′², x′y′ (statistics.h): 40 flops per window whatever its size. The images
// are read twice, the five maps written once.
#include "kernels/window/statistics.h"

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
#include "kernels/window/window.h"
namespace adjoint {

template <class S>
static void window_statistics_definition(const KernelArguments& a) {
    const StatisticsSizes n = statistics_sizes(a, a.in_view(0), a.out_view(0));
    statistics_of_all(n, a.in<S>(0), a.in<S>(1), [&](int64_t, int64_t window, const WindowOfTwo<S>& s) {
        a.out<S>(0)[window] = s.mean_x;
        a.out<S>(1)[window] = s.mean_y;
        a.out<S>(2)[window] = s.var_x;
        a.out<S>(3)[window] = s.var_y;
        a.out<S>(4)[window] = s.cov;
    });
}

static std::vector<TensorSpec> infer_window_statistics(const Signature& s) {
    return std::vector<TensorSpec>(5, {checked_statistics_maps(s)});
}

static std::vector<Tensor> gradient_of_window_statistics(const GradientCall& c) {
    const Tensor &x = c.input(0), &y = c.input(1), &mean_x = c.output(0), &mean_y = c.output(1);
    auto g = [&](int i) { return c.has_cotangent(i) ? c.cotangent(i) : Tensor(); };
    std::vector<Tensor> dL_d(2);
    if (c.needs(0)) dL_d[0] = gradient_through_statistics(c.attributes(), x, y, mean_x, mean_y, g(0), g(2), g(4));
    if (c.needs(1)) dL_d[1] = gradient_through_statistics(c.attributes(), y, x, mean_y, mean_x, g(1), g(3), g(4));
    return dL_d;
}
static std::vector<Tensor> fast_gradient_of_window_statistics(const GradientCall& c) {
    const Operation& fast = operation_named("window_statistics_gradient");
    const Tensor &x = c.input(0), &y = c.input(1), &mean_x = c.output(0), &mean_y = c.output(1);
    std::vector<Tensor> dL_d(2);
    if (c.needs(0))
        dL_d[0] = fast({x, y, mean_x, mean_y, c.cotangent(0), c.cotangent(2), c.cotangent(4)}, c.attributes());
    if (c.needs(1))
        dL_d[1] = fast({y, x, mean_y, mean_x, c.cotangent(1), c.cotangent(3), c.cotangent(4)}, c.attributes());
    return dL_d;
}

static double window_statistics_flops(const Signature& s) { return 40.0 * double(s.shape(0).count()); }

ADJOINT_DECLARE_KERNELS(window_statistics)
ADJOINT_DECLARE_KERNELS(window_statistics_gradient)

ADJOINT_OPERATION(window_statistics) {
    return {
        .name = "window_statistics",
        .equation = "μ_x, μ_y, v_x, v_y, c = Σ w x, Σ w y, Σ w (x−μ_x)², Σ w (y−μ_y)², Σ w (x−μ_x)(y−μ_y)",
        .kind = Kind::fused,
        .infer = infer_window_statistics,
        .min_inputs = 2,
        .max_inputs = 2,
        .definition = ADJOINT_DEFINITION(window_statistics_definition),
        .cpu = ADJOINT_CPU_KERNELS(window_statistics),
        .gpu = ADJOINT_GPU_KERNELS(window_statistics),
        .saved_inputs = {0, 1},
        .saved_outputs = {0, 1},
        .gradient = gradient_of_window_statistics,
        .fast_gradient = fast_gradient_of_window_statistics,
        .flops = window_statistics_flops,
        .samples = statistics_samples({}),
        .wrong = statistics_wrongs({}),
    };
}

// The fast gradient: dL/dx from x, y, μ_x, μ_y and dL/dμ_x, dL/dv_x, dL/dc.
template <class S>
static void window_statistics_gradient_definition(const KernelArguments& a) {
    const StatisticsSizes n = statistics_sizes(a, a.in_view(0), a.in_view(2));
    // The given means may differ from those of x and y: A makes up for it.
    spread_of_all(n, a.in<S>(0), a.in<S>(1), a.out<S>(0), [&](int64_t window, const WindowOfTwo<S>& s) {
        const S var2 = S(2.0) * a.in<S>(5)[window], cov = a.in<S>(6)[window];
        return Coefficients<S>{a.in<S>(4)[window] + var2 * (s.mean_x - a.in<S>(2)[window]) +
                                   cov * (s.mean_y - a.in<S>(3)[window]), var2, cov};
    });
}
static std::vector<TensorSpec> infer_window_statistics_gradient(const Signature& s) {
    const Shape maps = checked_statistics_maps(s);
    for (int i = 2; i < 7; ++i)
        if (!(s.shape(i) == maps)) s.refuse("the maps have another shape than " + maps.text());
    return {{s.shape(0)}};
}
static std::vector<Sample> gradient_samples() {
    std::vector<Sample> all = statistics_samples({});
    for (Sample& s : all) s.inputs.resize(7, {.shape = statistics_maps_shape(s)});
    return all;
}

ADJOINT_OPERATION(window_statistics_gradient) {
    std::vector<WrongSample> wrong = statistics_wrongs({});
    for (WrongSample& w : wrong) w.call.inputs.resize(7, {.shape = {1, 1, 5, 5}});
    return {
        .name = "window_statistics_gradient",
        .equation = "dx_p = Σ_{windows that hold p} w (g_μ + 2 g_v (x_p − μ_x) + g_c (y_p − μ_y))",
        .kind = Kind::fused,
        .infer = infer_window_statistics_gradient,
        .min_inputs = 7,
        .max_inputs = 7,
        .definition = ADJOINT_DEFINITION(window_statistics_gradient_definition),
        .cpu = ADJOINT_CPU_KERNELS(window_statistics_gradient),
        .gpu = ADJOINT_GPU_KERNELS(window_statistics_gradient),
        .not_differentiable = "it is the fast form of a gradient; ask for the gradient with create_graph instead",
        .flops = window_statistics_flops,
        .samples = gradient_samples(),
        .wrong = wrong,
    };
}

WindowStatistics window_statistics(const Tensor& x, const Tensor& y, const Window& w, bool joint) {
    Attributes a = attributes_of(w);
    a.set("joint", int64_t(joint));
    std::vector<Tensor> maps = window_statistics_operation().apply({x, y}, a);
    return {maps[0], maps[1], maps[2], maps[3], maps[4]};
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
namespace adjoint::ADJOINT_ISA {
namespace {

template <class T>
void window_statistics(const KernelArguments& a) {
    const StatisticsSizes n = statistics_sizes(a, a.in_view(0), a.out_view(0));
    const int64_t width = n.window.columns.target;
    for_statistics_rows(n, a.in<T>(0), a.in<T>(1), [&](int64_t group, int64_t i, const StatisticsRow& s) {
        const int64_t at = group * n.windows() + i * width;
        T *mx = a.out<T>(0) + at, *my = a.out<T>(1) + at, *vx = a.out<T>(2) + at, *vy = a.out<T>(3) + at,
          *c = a.out<T>(4) + at;
#pragma GCC ivdep
        for (int64_t j = 0; j < width; ++j) {
            mx[j] = T(s.mean_x[j] + s.centre_x);
            my[j] = T(s.mean_y[j] + s.centre_y);
            vx[j] = T(s.var_x[j]);
            vy[j] = T(s.var_y[j]);
            c[j] = T(s.cov[j]);
        }
    });
}

template <class T>
void window_statistics_gradient(const KernelArguments& a) {
    const StatisticsSizes n = statistics_sizes(a, a.in_view(0), a.in_view(2));
    const GradientMaps<T> maps(n.groups * n.windows());
    parallel_for(n.groups * n.windows(), 16384, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end;) {
            const int64_t group = i / n.windows(), stop = smaller(end, (group + 1) * n.windows());
            const double cx = double(a.in<T>(0)[n.centre(group)]), cy = double(a.in<T>(1)[n.centre(group)]);
            const T *mx = a.in<T>(2), *my = a.in<T>(3), *gm = a.in<T>(4), *gv = a.in<T>(5), *gc = a.in<T>(6);
            double* m = maps.of_mean.data();
            T *of_x = maps.of_x.data(), *of_y = maps.of_y.data();
#pragma GCC ivdep
            for (int64_t w = i; w < stop; ++w) {
                of_x[w] = 2 * gv[w];
                of_y[w] = gc[w];
                m[w] = double(gm[w]) - double(of_x[w]) * (double(mx[w]) - cx) - double(of_y[w]) * (double(my[w]) - cy);
            }
            i = stop;
        }
    });
    spread_gradient(n, maps, a.in<T>(0), a.in<T>(1), a.out<T>(0));
}

}  // namespace
ADJOINT_KERNELS(window_statistics)
ADJOINT_KERNELS(window_statistics_gradient)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
namespace adjoint::gpu {
namespace {

template <class T>
struct FiveMaps {
    T *mean_x, *mean_y, *var_x, *var_y, *cov;
    ADJOINT_WINDOW_INLINE void put(int64_t window, const StatisticsPoint& s) const {
        mean_x[window] = T(s.mean_x + s.centre_x);
        mean_y[window] = T(s.mean_y + s.centre_y);
        var_x[window] = T(s.var_x);
        var_y[window] = T(s.var_y);
        cov[window] = T(s.cov);
    }
};

template <class T>
void window_statistics(const KernelArguments& a) {
    launch_statistics(statistics_sizes(a, a.in_view(0), a.out_view(0)), a.in<T>(0), a.in<T>(1),
                      FiveMaps<T>{a.out<T>(0), a.out<T>(1), a.out<T>(2), a.out<T>(3), a.out<T>(4)}, a.stream);
}

// One thread per window: the maps that spread_gradient needs.
template <class T>
__global__ void statistics_coefficients(StatisticsSizes n, const T* x, const T* y, const T* mx, const T* my,
                                        const T* gm, const T* gv, const T* gc, GradientMaps<T> maps) {
    const int64_t w = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (w >= n.groups * n.windows()) return;
    const int64_t centre = n.centre(w / n.windows());
    const T of_x = 2 * gv[w], of_y = gc[w];
    maps.of_x[w] = of_x;
    maps.of_y[w] = of_y;
    maps.of_mean[w] = double(gm[w]) - double(of_x) * (double(mx[w]) - double(x[centre])) -
                      double(of_y) * (double(my[w]) - double(y[centre]));
}

template <class T>
void window_statistics_gradient(const KernelArguments& a) {
    const StatisticsSizes n = statistics_sizes(a, a.in_view(0), a.in_view(2));
    const int64_t windows = n.groups * n.windows();
    if (windows == 0) return;
    const GradientMemory<T> memory(windows);
    launch(statistics_coefficients<T>, dim3(unsigned((windows + 255) / 256)), dim3(256), 0, a.stream, n, a.in<T>(0),
           a.in<T>(1), a.in<T>(2), a.in<T>(3), a.in<T>(4), a.in<T>(5), a.in<T>(6), memory.maps);
    launch_spread(n, memory.maps, a.in<T>(0), a.in<T>(1), a.out<T>(0), a.stream);
}

}  // namespace
ADJOINT_KERNELS(window_statistics)
ADJOINT_KERNELS(window_statistics_gradient)
}  // namespace adjoint::gpu
#endif
