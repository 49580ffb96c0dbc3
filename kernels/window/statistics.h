// What window_statistics and window_similarity share: one pass over two images that yields the statistics of every
// window, and its adjoint.
//
// The images are centred first: x′ = x − c with c a pixel of the image, so that Σ w x′² − (Σ w x′)² loses no more than
// the image's own range costs, whatever its offset. (Zeros of the padding become −c.) All sums are float64.
#pragma once
#include "engine/kernel_pass.h"
#include "kernels/window/taps.h"

namespace adjoint {

struct StatisticsSizes {
    WindowSizes window;
    int64_t groups, planes;  // maps; planes of the image that one map looks at: 1, or all channels (joint)

    ADJOINT_WINDOW_INLINE int64_t pixels() const { return window.rows.source * window.columns.source; }
    ADJOINT_WINDOW_INLINE int64_t windows() const { return window.rows.target * window.columns.target; }
    // The pixel of a group that both images are centred by.
    ADJOINT_WINDOW_INLINE int64_t centre(int64_t group) const {
        return group * planes * pixels() + window.rows.source / 2 * window.columns.source + window.columns.source / 2;
    }
};
ADJOINT_INLINE StatisticsSizes statistics_sizes(const KernelArguments& a, const ArrayView& image,
                                                const ArrayView& maps) {
    const bool joint = a.integer("joint") != 0;
    return {window_sizes(a, image, maps), image.shape[0] * (joint ? 1 : image.shape[1]), joint ? image.shape[1] : 1};
}

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/window/linear.h"
namespace adjoint {

Shape window_maps(const Signature&, const Shape& image);         // refuses what does not fit
Shape checked_statistics_maps(const Signature&);                 // of inputs 0 and 1: images of one shape
std::vector<Sample> statistics_samples(const std::vector<std::pair<const char*, Attribute>>& more);
Shape statistics_maps_shape(const Sample&);                      // of a sample of statistics_samples
Attributes statistics_attributes(const Attributes&);             // window, stride, padding, sigma, joint
std::vector<WrongSample> statistics_wrongs(const std::vector<std::pair<const char*, Attribute>>& more);

// dL/dx = Aᵀ(g_mean − 2 g_var μ_x − g_cov μ_y) + 2 x Aᵀ(g_var) + y Aᵀ(g_cov), with A the window's average, in
// operations. An empty g: nothing flows. Exchange x and y for dL/dy.
Tensor gradient_through_statistics(const Attributes&, const Tensor& x, const Tensor& y, const Tensor& mean_x,
                                   const Tensor& mean_y, const Tensor& g_mean, const Tensor& g_var,
                                   const Tensor& g_cov);

// One window, by the textbook. `pixel(plane, row, column)` is 0 beyond the border.
template <class S>
struct WindowOfTwo {
    S mean_x{}, mean_y{}, var_x{}, var_y{}, cov{};
};
template <class S>
WindowOfTwo<S> statistics_of_window(const StatisticsSizes& n, const double* wr, const double* wc, const S* x,
                                    const S* y, int64_t i, int64_t j) {
    const WindowAxis &r = n.window.rows, &c = n.window.columns;
    WindowOfTwo<S> s;
    auto over_window = [&](auto visit) {
        for (int64_t p = 0; p < n.planes; ++p)
            for (int64_t u = 0; u < r.size; ++u)
                for (int64_t v = 0; v < c.size; ++v) {
                    const int64_t row = i * r.stride + u - r.padding, column = j * c.stride + v - c.padding;
                    const bool inside = row >= 0 && row < r.source && column >= 0 && column < c.source;
                    const int64_t at = p * n.pixels() + row * c.source + column;
                    visit(S(wr[u] * wc[v]), inside ? x[at] : S(0.0), inside ? y[at] : S(0.0));
                }
    };
    S total(0.0);
    over_window([&](S w, S a, S b) { total += w, s.mean_x += w * a, s.mean_y += w * b; });
    s.mean_x /= total, s.mean_y /= total;
    over_window([&](S w, S a, S b) {
        a -= s.mean_x, b -= s.mean_y;
        s.var_x += w * a * a, s.var_y += w * b * b, s.cov += w * a * b;
    });
    s.var_x /= total, s.var_y /= total, s.cov /= total;
    return s;
}
// visit(group, window, its statistics) for all windows.
template <class S, class Visit>
void statistics_of_all(const StatisticsSizes& n, const S* x, const S* y, const Visit& visit) {
    std::vector<double> wr(size_t(n.window.rows.size)), wc(size_t(n.window.columns.size));
    window_taps(n.window.rows.size, n.window.sigma, wr.data());
    window_taps(n.window.columns.size, n.window.sigma, wc.data());
    for (int64_t g = 0; g < n.groups; ++g)
        for (int64_t i = 0; i < n.window.rows.target; ++i)
            for (int64_t j = 0; j < n.window.columns.target; ++j)
                visit(g, g * n.windows() + i * n.window.columns.target + j,
                      statistics_of_window<S>(n, wr.data(), wc.data(), x + g * n.planes * n.pixels(),
                                              y + g * n.planes * n.pixels(), i, j));
}
// dx_p = Σ_{windows that hold p} w/Σw (A + B (x_p − μ_x) + E (y_p − μ_y)): `coefficients(window, statistics)` gives A,
// B, E.
template <class S, class Coefficients>
void spread_of_all(const StatisticsSizes& n, const S* x, const S* y, S* dx, const Coefficients& coefficients) {
    const WindowAxis &r = n.window.rows, &c = n.window.columns;
    std::vector<double> wr(size_t(r.size)), wc(size_t(c.size));
    const double total = window_taps(r.size, n.window.sigma, wr.data()) *
                         window_taps(c.size, n.window.sigma, wc.data()) * double(n.planes);
    for (int64_t k = 0; k < n.groups * n.planes * n.pixels(); ++k) dx[k] = S(0.0);
    statistics_of_all(n, x, y, [&](int64_t g, int64_t window, const WindowOfTwo<S>& s) {
        const int64_t i = window % n.windows() / c.target, j = window % c.target;
        const auto k = coefficients(window, s);
        for (int64_t p = 0; p < n.planes; ++p)
            for (int64_t row = r.first(i); row < r.end(i); ++row)
                for (int64_t column = c.first(j); column < c.end(j); ++column) {
                    const int64_t at = (g * n.planes + p) * n.pixels() + row * c.source + column;
                    dx[at] += S(wr[size_t(r.tap(i, row))] * wc[size_t(c.tap(j, column))] / total) *
                              (k.mean + k.x * (x[at] - s.mean_x) + k.y * (y[at] - s.mean_y));
                }
    });
}
template <class S>
struct Coefficients {
    S mean, x, y;
};

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "kernels/window/cpu_statistics.h"
#endif
#if ADJOINT_GPU
#include "kernels/window/gpu_statistics.h"
#endif
