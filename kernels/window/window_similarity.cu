// window_similarity: the map of the similarity S(μ_x, μ_y, v_x, v_y, c) of two images over windows: SSIM, the Glance
// index and what lies between (similarity_index.h), from the statistics of window_statistics.cu, in one pass.
//   dL/dx = Aᵀ(g S_μ − 2 g S_v μ_x − g S_c μ_y) + 2 x Aᵀ(g S_v) + y Aᵀ(g S_c)
// with g = dL/dS, S_μ = dS/dμ_x, S_v = dS/dv_x, S_c = dS/dc, A the window's average; y likewise. Flat windows have
// finite gradients.
//
// Statistics are summed in float64, S is computed in the images' type. Flops: 40 for the statistics, 10 to 30 for S;
// the gradient computes both again (cheaper than keeping five maps) and spreads three maps, 24 flops. Bytes: images and
// map.
#include "kernels/window/similarity_index.h"
#include "kernels/window/statistics.h"

#if ADJOINT_HOST
#include "kernels/pointwise/pointwise.h"
#include "kernels/window/window.h"
namespace adjoint {

template <class S>
static void window_similarity_definition(const KernelArguments& a) {
    const SimilarityRule rule = similarity_rule(a);
    statistics_of_all(statistics_sizes(a, a.in_view(0), a.out_view(0)), a.in<S>(0), a.in<S>(1),
                      [&](int64_t, int64_t window, const WindowOfTwo<S>& w) {
                          a.out<S>(0)[window] =
                              similarity_of<S>(rule, w.mean_x, w.mean_y, w.var_x, w.var_y, w.cov).value;
                      });
}

static std::vector<TensorSpec> infer_window_similarity(const Signature& s) { return {{checked_statistics_maps(s)}}; }

// σ and dσ/dv in operations, for u = max(v, ε), d = ε − min(v, ε): σ = √u − d (d + ε)/(2 ε√ε), σ′ = 1/(2√u) + d/(ε√ε).
namespace {
struct Deviation {
    Tensor sigma, slope;
    explicit Deviation(const Tensor& v) {
        const double infinity = INFINITY, steep = 1 / (flat_variance * flat_deviation);
        const Tensor root = sqrt(clamp(v, flat_variance, infinity));
        const Tensor d = flat_variance - clamp(v, -infinity, flat_variance);
        sigma = root - d * (d + flat_variance) * (0.5 * steep);
        slope = divide(root.like(0.5), root) + d * steep;
    }
};
}  // namespace

// dL/dx in operations; `w` holds x's statistics first. The equations of similarity_index.h.
static Tensor gradient_of_similarity(const Attributes& a, const Tensor& g, const Tensor& x, const Tensor& y,
                                     const WindowStatistics& w) {
    const double C1 = a.real("C1"), C2 = a.real("C2"), C3 = a.real("C3"), factor = a.real("factor");
    const bool contrast = a.integer("contrast") != 0, structure = a.integer("structure") != 0;
    const Tensor v_x = w.var_x * factor, v_y = w.var_y * factor, c = w.cov * factor;
    const Tensor one = g.like(1), zero = g.like(0);
    Tensor l = one, dl_dmean = zero, k = one, dk_dvar = zero, dk_dcov = zero, s = one, ds_dvar = zero, ds_dcov = zero;
    if (a.integer("luminance") != 0) {
        const Tensor r = one / (square(w.mean_x) + square(w.mean_y) + C1);
        l = (2.0 * w.mean_x * w.mean_y + C1) * r;
        dl_dmean = 2.0 * (w.mean_y - w.mean_x * l) * r;
    }
    if (contrast && structure && C3 == C2 / 2) {
        const Tensor r = one / (v_x + v_y + C2);
        k = (2.0 * c + C2) * r;
        dk_dvar = -k * r;
        dk_dcov = 2.0 * r;
    } else {
        const Deviation of_x(v_x), of_y(v_y);
        if (contrast) {
            const Tensor r = one / (v_x + v_y + C2);
            k = (2.0 * of_x.sigma * of_y.sigma + C2) * r;
            dk_dvar = (2.0 * of_x.slope * of_y.sigma - k) * r;
        }
        if (structure) {
            const Tensor r = one / (of_x.sigma * of_y.sigma + C3);
            s = (c + C3) * r;
            ds_dvar = -s * of_x.slope * of_y.sigma * r;
            ds_dcov = r;
        }
    }
    return gradient_through_statistics(a, x, y, w.mean_x, w.mean_y, g * k * s * dl_dmean,
                                       factor * g * l * (s * dk_dvar + k * ds_dvar),
                                       factor * g * l * (s * dk_dcov + k * ds_dcov));
}

static std::vector<Tensor> gradient_of_window_similarity(const GradientCall& c) {
    const Tensor &x = c.input(0), &y = c.input(1);
    const Attributes& a = c.attributes();
    const std::vector<Tensor> maps = operation_named("window_statistics").apply({x, y}, statistics_attributes(a));
    std::vector<Tensor> dL_d(2);
    if (c.needs(0))
        dL_d[0] = gradient_of_similarity(a, c.cotangent(), x, y, {maps[0], maps[1], maps[2], maps[3], maps[4]});
    if (c.needs(1))
        dL_d[1] = gradient_of_similarity(a, c.cotangent(), y, x, {maps[1], maps[0], maps[3], maps[2], maps[4]});
    return dL_d;
}
static std::vector<Tensor> fast_gradient_of_window_similarity(const GradientCall& c) {
    const Operation& fast = operation_named("window_similarity_gradient");
    std::vector<Tensor> dL_d(2);  // S is symmetric in x and y
    if (c.needs(0)) dL_d[0] = fast({c.input(0), c.input(1), c.cotangent()}, c.attributes());
    if (c.needs(1)) dL_d[1] = fast({c.input(1), c.input(0), c.cotangent()}, c.attributes());
    return dL_d;
}

static double window_similarity_flops(const Signature& s) { return 60.0 * double(s.shape(0).count()); }
static double window_similarity_gradient_flops(const Signature& s) { return 100.0 * double(s.shape(0).count()); }

namespace {
Attributes terms_attributes(const SimilarityTerms& t) {
    return {{"luminance", int64_t(t.luminance)}, {"contrast", int64_t(t.contrast)}, {"structure", int64_t(t.structure)},
            {"C1", t.C1}, {"C2", t.C2}, {"C3", t.C3}, {"factor", t.factor}};
}
// Every choice of terms; bright images, so that no term comes near a pole.
std::vector<Sample> similarity_samples(bool with_map) {
    std::vector<Sample> all;
    const std::vector<Sample> windows = statistics_samples({});
    auto add = [&](Sample s, const SimilarityTerms& t) {
        for (InputSample& i : s.inputs) i.low = 0.1;
        for (auto& [name, value] : terms_attributes(t)) s.attributes.set(name, value);
        if (with_map) s.inputs.push_back({.shape = statistics_maps_shape(s)});
        all.push_back(s);
    };
    for (const Sample& s : windows) add(s, SimilarityTerms::glance(4.5e-4));
    for (const Sample& s : {windows[0], windows[2], windows.back()}) add(s, SimilarityTerms::ssim(1, 1.125));
    for (int chosen = 1; chosen < 8; ++chosen)
        add(windows[0], {chosen % 2 == 1, chosen / 2 % 2 == 1, chosen / 4 == 1, 1e-4, 9e-4, 0.03, 1});
    return all;
}
std::vector<WrongSample> similarity_wrongs() {
    std::vector<std::pair<const char*, Attribute>> terms;
    for (auto& [name, value] : terms_attributes(SimilarityTerms::glance(4.5e-4))) terms.push_back({name, value});
    return statistics_wrongs(terms);
}
}  // namespace

ADJOINT_DECLARE_KERNELS(window_similarity)
ADJOINT_DECLARE_KERNELS(window_similarity_gradient)

ADJOINT_OPERATION(window_similarity) {
    return {
        .name = "window_similarity",
        .equation = "S = l(μ_x, μ_y) k(v_x, v_y) s(v_x, v_y, c) over windows of x and y",
        .kind = Kind::fused,
        .infer = infer_window_similarity,
        .min_inputs = 2,
        .max_inputs = 2,
        .definition = ADJOINT_DEFINITION(window_similarity_definition),
        .cpu = ADJOINT_CPU_KERNELS(window_similarity),
        .gpu = ADJOINT_GPU_KERNELS(window_similarity),
        .saved_inputs = {0, 1},
        .gradient = gradient_of_window_similarity,
        .fast_gradient = fast_gradient_of_window_similarity,
        .flops = window_similarity_flops,
        .samples = similarity_samples(false),
        .wrong = similarity_wrongs(),
        .float32_tolerance = 1e-5,  // S is computed in float32: on flat windows C3 divides the rounding of c and σσ
    };
}

// The fast gradient: dL/dx from x, y, g = dL/dS.
template <class S>
static void window_similarity_gradient_definition(const KernelArguments& a) {
    const StatisticsSizes n = statistics_sizes(a, a.in_view(0), a.in_view(2));
    const SimilarityRule rule = similarity_rule(a);
    spread_of_all(n, a.in<S>(0), a.in<S>(1), a.out<S>(0), [&](int64_t window, const WindowOfTwo<S>& w) {
        const Similarity<S> d = similarity_of<S>(rule, w.mean_x, w.mean_y, w.var_x, w.var_y, w.cov);
        const S g = a.in<S>(2)[window];
        return Coefficients<S>{g * d.of_mean_x, S(2.0) * g * d.of_var_x, g * d.of_cov};
    });
}
static std::vector<TensorSpec> infer_window_similarity_gradient(const Signature& s) {
    const Shape maps = checked_statistics_maps(s);
    if (!(s.shape(2) == maps)) s.refuse("the map has another shape than " + maps.text());
    return {{s.shape(0)}};
}

ADJOINT_OPERATION(window_similarity_gradient) {
    std::vector<WrongSample> wrong = similarity_wrongs();
    for (WrongSample& w : wrong) w.call.inputs.push_back({.shape = {1, 1, 5, 5}});
    return {
        .name = "window_similarity_gradient",
        .equation = "dx_p = Σ_{windows that hold p} w g (S_μ + 2 S_v (x_p − μ_x) + S_c (y_p − μ_y))",
        .kind = Kind::fused,
        .infer = infer_window_similarity_gradient,
        .min_inputs = 3,
        .max_inputs = 3,
        .definition = ADJOINT_DEFINITION(window_similarity_gradient_definition),
        .cpu = ADJOINT_CPU_KERNELS(window_similarity_gradient),
        .gpu = ADJOINT_GPU_KERNELS(window_similarity_gradient),
        .not_differentiable = "it is the fast form of a gradient; ask for the gradient with create_graph instead",
        .flops = window_similarity_gradient_flops,
        .samples = similarity_samples(true),
        .wrong = wrong,
        .float32_tolerance = 2e-5,  // as window_similarity
    };
}

Tensor window_similarity(const Tensor& x, const Tensor& y, const Window& w, const SimilarityTerms& terms, bool joint) {
    Attributes a = attributes_of(w);
    a.set("joint", int64_t(joint));
    for (auto& [name, value] : terms_attributes(terms)) a.set(name, value);
    return window_similarity_operation()({x, y}, a);
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
namespace adjoint::ADJOINT_ISA {
namespace {

// Loops over a row's windows, with the choice of terms known to the compiler.
enum class Form { structure, ssim, any };
template <Form form>
ADJOINT_INLINE SimilarityRule specialised(SimilarityRule r) {
    if constexpr (form == Form::structure) r.luminance = r.contrast = r.combined = false, r.structure = true;
    if constexpr (form == Form::ssim) r.luminance = r.contrast = r.structure = r.combined = true;
    return r;
}
ADJOINT_INLINE Form form_of(const SimilarityRule& r) {
    if (r.structure && !r.contrast && !r.luminance) return Form::structure;
    return r.luminance && r.combined ? Form::ssim : Form::any;
}

template <class T, Form form>
void similarity_row(const SimilarityRule& any, const StatisticsRow& w, int64_t count, T* s) {
    const SimilarityRule rule = specialised<form>(any);
#pragma GCC ivdep
    for (int64_t j = 0; j < count; ++j)
        s[j] = similarity_of<T>(rule, T(w.mean_x[j] + w.centre_x), T(w.mean_y[j] + w.centre_y), T(w.var_x[j]),
                                T(w.var_y[j]), T(w.cov[j]))
                   .value;
}

// The maps that spread_gradient needs. of_mean is computed from the rounded of_x and of_y, so that the three cancel on
// flat windows as exactly as float64 can.
template <class T, Form form>
void coefficients_row(const SimilarityRule& any, const StatisticsRow& w, int64_t count, const T* g, double* of_mean,
                      T* of_x, T* of_y) {
    const SimilarityRule rule = specialised<form>(any);
#pragma GCC ivdep
    for (int64_t j = 0; j < count; ++j) {
        const Similarity<T> d = similarity_of<T>(rule, T(w.mean_x[j] + w.centre_x), T(w.mean_y[j] + w.centre_y),
                                                 T(w.var_x[j]), T(w.var_y[j]), T(w.cov[j]));
        const T bx = 2 * g[j] * d.of_var_x, by = g[j] * d.of_cov;
        of_x[j] = bx;
        of_y[j] = by;
        of_mean[j] = double(g[j] * d.of_mean_x) - double(bx) * w.mean_x[j] - double(by) * w.mean_y[j];
    }
}

template <class T, Form form>
void similarity_maps(const KernelArguments& a, const SimilarityRule& rule) {
    const StatisticsSizes n = statistics_sizes(a, a.in_view(0), a.out_view(0));
    const int64_t width = n.window.columns.target;
    T* s = a.out<T>(0);
    for_statistics_rows(n, a.in<T>(0), a.in<T>(1), [&](int64_t group, int64_t i, const StatisticsRow& w) {
        similarity_row<T, form>(rule, w, width, s + group * n.windows() + i * width);
    });
}
template <class T>
void window_similarity(const KernelArguments& a) {
    const SimilarityRule rule = similarity_rule(a);
    switch (form_of(rule)) {
        case Form::structure: return similarity_maps<T, Form::structure>(a, rule);
        case Form::ssim: return similarity_maps<T, Form::ssim>(a, rule);
        case Form::any: return similarity_maps<T, Form::any>(a, rule);
    }
}

template <class T, Form form>
void similarity_gradient(const KernelArguments& a, const SimilarityRule& rule) {
    const StatisticsSizes n = statistics_sizes(a, a.in_view(0), a.in_view(2));
    const int64_t width = n.window.columns.target;
    const GradientMaps<T> maps(n.groups * n.windows());
    for_statistics_rows(n, a.in<T>(0), a.in<T>(1), [&](int64_t group, int64_t i, const StatisticsRow& w) {
        const int64_t at = group * n.windows() + i * width;
        coefficients_row<T, form>(rule, w, width, a.in<T>(2) + at, maps.of_mean.data() + at, maps.of_x.data() + at,
                                  maps.of_y.data() + at);
    });
    spread_gradient(n, maps, a.in<T>(0), a.in<T>(1), a.out<T>(0));
}
template <class T>
void window_similarity_gradient(const KernelArguments& a) {
    const SimilarityRule rule = similarity_rule(a);
    switch (form_of(rule)) {
        case Form::structure: return similarity_gradient<T, Form::structure>(a, rule);
        case Form::ssim: return similarity_gradient<T, Form::ssim>(a, rule);
        case Form::any: return similarity_gradient<T, Form::any>(a, rule);
    }
}

}  // namespace
ADJOINT_KERNELS(window_similarity)
ADJOINT_KERNELS(window_similarity_gradient)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
namespace adjoint::gpu {
namespace {

template <class T>
struct SimilarityMap {
    SimilarityRule rule;
    T* s;
    ADJOINT_WINDOW_INLINE void put(int64_t window, const StatisticsPoint& w) const {
        s[window] = similarity_of<T>(rule, T(w.mean_x + w.centre_x), T(w.mean_y + w.centre_y), T(w.var_x), T(w.var_y),
                                     T(w.cov)).value;
    }
};

template <class T>
struct SimilarityCoefficients {
    SimilarityRule rule;
    const T* g;
    GradientMaps<T> maps;
    ADJOINT_WINDOW_INLINE void put(int64_t window, const StatisticsPoint& w) const {
        const Similarity<T> d = similarity_of<T>(rule, T(w.mean_x + w.centre_x), T(w.mean_y + w.centre_y), T(w.var_x),
                                                 T(w.var_y), T(w.cov));
        const T of_x = 2 * g[window] * d.of_var_x, of_y = g[window] * d.of_cov;
        maps.of_x[window] = of_x;
        maps.of_y[window] = of_y;
        maps.of_mean[window] = double(g[window] * d.of_mean_x) - double(of_x) * w.mean_x - double(of_y) * w.mean_y;
    }
};

template <class T>
void window_similarity(const KernelArguments& a) {
    launch_statistics(statistics_sizes(a, a.in_view(0), a.out_view(0)), a.in<T>(0), a.in<T>(1),
                      SimilarityMap<T>{similarity_rule(a), a.out<T>(0)}, a.stream);
}

template <class T>
void window_similarity_gradient(const KernelArguments& a) {
    const StatisticsSizes n = statistics_sizes(a, a.in_view(0), a.in_view(2));
    if (n.groups * n.windows() == 0) return;
    const GradientMemory<T> memory(n.groups * n.windows());
    launch_statistics(n, a.in<T>(0), a.in<T>(1), SimilarityCoefficients<T>{similarity_rule(a), a.in<T>(2), memory.maps},
                      a.stream);
    launch_spread(n, memory.maps, a.in<T>(0), a.in<T>(1), a.out<T>(0), a.stream);
}

}  // namespace
ADJOINT_KERNELS(window_similarity)
ADJOINT_KERNELS(window_similarity_gradient)
}  // namespace adjoint::gpu
#endif
