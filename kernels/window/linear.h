// The linear window operations: sums over windows and, as their adjoint, spreading the windows' numbers over the
// pixels; uniform or Gaussian. window_sum.cu and gaussian_window.cu give them their names.
#pragma once
#include "engine/kernel_pass.h"
#include "kernels/window/taps.h"

namespace adjoint {

ADJOINT_INLINE WindowSizes linear_window_sizes(const KernelArguments& a, bool adjoint) {
    WindowSizes n =
        adjoint ? window_sizes(a, a.out_view(0), a.in_view(0)) : window_sizes(a, a.in_view(0), a.out_view(0));
    if (adjoint) n = {n.rows.reversed(), n.columns.reversed(), n.sigma};
    return n;
}
ADJOINT_INLINE int64_t planes_of(const ArrayView& x) { return x.shape[0] * x.shape[1]; }

}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/window/window.h"
namespace adjoint {

Attributes attributes_of(const Window&);
std::vector<TensorSpec> infer_window_maps(const Signature&);    // from an image
std::vector<TensorSpec> infer_window_image(const Signature&);   // from maps, attributes height and width
std::vector<Sample> linear_window_samples(double sigma, bool adjoint);
std::vector<WrongSample> linear_window_wrongs(double sigma, bool adjoint);

template <class S, bool adjoint>
void linear_window_definition(const KernelArguments& a) {
    const WindowSizes n = linear_window_sizes(a, adjoint);
    std::vector<double> wr(size_t(n.rows.size)), wc(size_t(n.columns.size));
    window_taps(n.rows.size, n.sigma, wr.data());
    window_taps(n.columns.size, n.sigma, wc.data());
    const S* x = a.in<S>(0);
    S* y = a.out<S>(0);
    for (int64_t p = 0; p < planes_of(a.in_view(0)); ++p, x += n.rows.source * n.columns.source)
        for (int64_t i = 0; i < n.rows.target; ++i)
            for (int64_t j = 0; j < n.columns.target; ++j) {
                S total(0.0);
                for (int64_t r = n.rows.first(i); r < n.rows.end(i); ++r)
                    for (int64_t c = n.columns.first(j); c < n.columns.end(j); ++c)
                        total += S(wr[size_t(n.rows.tap(i, r))] * wc[size_t(n.columns.tap(j, c))]) *
                                 x[r * n.columns.source + c];
                *y++ = total;
            }
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "engine/parallel.h"
#include "kernels/window/cpu_rows.h"
namespace adjoint::ADJOINT_ISA {
namespace {

// Strips of target rows in parallel; within one, down the columns and then along the rows (cpu_rows.h).
template <class T, bool adjoint>
void linear_window(const KernelArguments& a) {
    const WindowSizes n = linear_window_sizes(a, adjoint);
    const int64_t strips = pieces(n.rows.target, strip_rows), width = n.columns.source;
    const bool uniform = n.sigma == 0;
    parallel_for(planes_of(a.in_view(0)) * strips, 1, [&](int64_t begin, int64_t end) {
        const Taps down(n.rows.size, n.sigma), along(n.columns.size, n.sigma);
        Row sums(width, n.columns.size), prefix(width, n.columns.size), out(n.columns.target);
        for (int64_t k = begin; k < end; ++k) {
            const T* x = a.in<T>(0) + k / strips * n.rows.source * width;
            T* y = a.out<T>(0) + k / strips * n.rows.target * n.columns.target;
            const int64_t i0 = k % strips * strip_rows, i1 = smaller(i0 + strip_rows, n.rows.target);
            auto clear = [&] {
                for (int64_t j = 0; j < width; ++j) sums.data[j] = 0;
            };
            auto add = [&](int64_t r, double weight) {
                const T* row = x + r * width;
                double* s = sums.data;
#pragma GCC ivdep
                for (int64_t j = 0; j < width; ++j) s[j] += weight * double(row[j]);
            };
            for (int64_t i = i0; i < i1; ++i) {
                slide_down(n.rows, uniform, down, i, i == i0, clear, add);
                if (uniform)
                    sum_along_uniform(n.columns, sums.data, prefix.data, out.data);
                else
                    sum_along_weighted(n.columns, along, sums.data, out.data);
                T* row = y + i * n.columns.target;
                for (int64_t j = 0; j < n.columns.target; ++j) row[j] = T(out.data[j]);
            }
        }
    });
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "kernels/window/gpu_tiles.h"
namespace adjoint::gpu {
namespace {

template <class T>
struct PlainRows {  // one quantity: the image itself
    static constexpr int quantities = 1;
    static constexpr bool only_real_numbers = true;  // what its pointers lead to, for the emulator
    const T* x;
    T* y;
    int64_t source, target;  // elements of a plane
    ADJOINT_WINDOW_INLINE void load(int64_t plane, int64_t at, double* q) const {
        q[0] = double(x[plane * source + at]);
    }
    ADJOINT_WINDOW_INLINE void put(int64_t plane, int64_t at, const double* q, double) const {
        y[plane * target + at] = T(q[0]);
    }
};

template <class T, bool adjoint>
void linear_window(const KernelArguments& a) {
    const WindowSizes n = linear_window_sizes(a, adjoint);
    launch_window_tiles(PlainRows<T>{a.in<T>(0), a.out<T>(0), n.rows.source * n.columns.source,
                                     n.rows.target * n.columns.target}, n, planes_of(a.in_view(0)), 1, a.stream);
}

}  // namespace
}  // namespace adjoint::gpu
#endif
