// The statistics of windows on the CPU, row by row, and the spreading of their gradients over the pixels.
#pragma once
#include "engine/parallel.h"
#include "kernels/window/cpu_rows.h"
#include "kernels/window/statistics.h"

namespace adjoint::ADJOINT_ISA {
namespace {

// The windows of one row: means of the centred images, variances (≥ 0), covariance.
struct StatisticsRow {
    const double *mean_x, *mean_y, *var_x, *var_y, *cov;
    double centre_x, centre_y;
};

// Sums of x′, y′, x′², y′², x′y′ (in this order) down the columns, and then over windows.
struct FiveRows {
    Row q0, q1, q2, q3, q4;
    FiveRows(int64_t count, int64_t margin)
        : q0(count, margin), q1(count, margin), q2(count, margin), q3(count, margin), q4(count, margin) {}
    double* row(int k) const { return (k == 0 ? q0 : k == 1 ? q1 : k == 2 ? q2 : k == 3 ? q3 : q4).data; }
};

// use(group, window row, StatisticsRow) for every row of windows; strips of rows in parallel.
template <class T, class Use>
void for_statistics_rows(const StatisticsSizes& n, const T* x_all, const T* y_all, const Use& use) {
    const WindowAxis &rows = n.window.rows, &columns = n.window.columns;
    const int64_t strips = pieces(rows.target, strip_rows), width = columns.source;
    const bool uniform = n.window.sigma == 0;
    parallel_for(n.groups * strips, 1, [&](int64_t chunk_begin, int64_t chunk_end) {
        const Taps down(rows.size, n.window.sigma), along(columns.size, n.window.sigma);
        FiveRows sums(width, columns.size), windows(columns.target, 0);
        Row prefix(width, columns.size), inside(columns.target);
        for (int64_t j = 0; j < columns.target; ++j)
            inside.data[j] = weight_inside(columns, along.weight, along.total, j);
        const double scale = 1 / (double(n.planes) * down.total * along.total);

        for (int64_t k = chunk_begin; k < chunk_end; ++k) {
            const int64_t group = k / strips, i0 = k % strips * strip_rows, i1 = smaller(i0 + strip_rows, rows.target);
            const T* x = x_all + group * n.planes * n.pixels();
            const T* y = y_all + group * n.planes * n.pixels();
            const double cx = double(x_all[n.centre(group)]), cy = double(y_all[n.centre(group)]);
            auto clear = [&] {
                for (int q = 0; q < 5; ++q)
                    for (int64_t j = 0; j < width; ++j) sums.row(q)[j] = 0;
            };
            auto add = [&](int64_t r, double weight) {
                double *s0 = sums.row(0), *s1 = sums.row(1), *s2 = sums.row(2), *s3 = sums.row(3), *s4 = sums.row(4);
                for (int64_t p = 0; p < n.planes; ++p) {
                    const T *u = x + p * n.pixels() + r * width, *v = y + p * n.pixels() + r * width;
#pragma GCC ivdep
                    for (int64_t j = 0; j < width; ++j) {
                        const double a = double(u[j]) - cx, b = double(v[j]) - cy, wa = weight * a, wb = weight * b;
                        s0[j] += wa;
                        s1[j] += wb;
                        s2[j] += wa * a;
                        s3[j] += wb * b;
                        s4[j] += wa * b;
                    }
                }
            };
            for (int64_t i = i0; i < i1; ++i) {
                slide_down(rows, uniform, down, i, i == i0, clear, add);
                for (int q = 0; q < 5; ++q) {
                    if (uniform)
                        sum_along_uniform(columns, sums.row(q), prefix.data, windows.row(q));
                    else
                        sum_along_weighted(columns, along, sums.row(q), windows.row(q));
                }
                const double row_inside = weight_inside(rows, down.weight, down.total, i) * double(n.planes);
                const double all = double(n.planes) * down.total * along.total;
                double *mx = windows.row(0), *my = windows.row(1), *vx = windows.row(2), *vy = windows.row(3),
                       *c = windows.row(4);
                const double* in = inside.data;
#pragma GCC ivdep
                for (int64_t j = 0; j < columns.target; ++j) {
                    const double missing = all - row_inside * in[j];  // weight on the padding, where x′ = −c
                    const double a = (mx[j] - cx * missing) * scale, b = (my[j] - cy * missing) * scale;
                    const double va = (vx[j] + cx * cx * missing) * scale - a * a;
                    const double vb = (vy[j] + cy * cy * missing) * scale - b * b;
                    mx[j] = a;
                    my[j] = b;
                    vx[j] = va < 0 ? 0 : va;
                    vy[j] = vb < 0 ? 0 : vb;
                    c[j] = (c[j] + cx * cy * missing) * scale - a * b;
                }
                use(group, i, StatisticsRow{mx, my, vx, vy, c, cx, cy});
            }
        }
    });
}

// The coefficients of a gradient, maps over all windows: dx_p = Σ_windows w/Σw (of_mean + of_x x′_p + of_y y′_p).
template <class T>
struct GradientMaps {
    Scratch<double> of_mean;
    Scratch<T> of_x, of_y;
    explicit GradientMaps(int64_t count) : of_mean(size_t(count)), of_x(size_t(count)), of_y(size_t(count)) {}
};

// dx from the maps: the adjoint of the window's average, by the same sliding sums.
template <class T>
void spread_gradient(const StatisticsSizes& n, const GradientMaps<T>& maps, const T* x_all, const T* y_all, T* dx_all) {
    const WindowAxis rows = n.window.rows.reversed(), columns = n.window.columns.reversed();
    const int64_t strips = pieces(rows.target, strip_rows);
    const bool uniform = n.window.sigma == 0;
    parallel_for(n.groups * strips, 1, [&](int64_t chunk_begin, int64_t chunk_end) {
        const Taps down(rows.size, n.window.sigma), along(columns.size, n.window.sigma);
        Row sum_m(columns.source, columns.size), sum_x(columns.source, columns.size),
            sum_y(columns.source, columns.size);
        Row prefix(columns.source, columns.size), out_m(columns.target), out_x(columns.target), out_y(columns.target);
        const double scale = 1 / (double(n.planes) * down.total * along.total);
        for (int64_t k = chunk_begin; k < chunk_end; ++k) {
            const int64_t group = k / strips, i0 = k % strips * strip_rows, i1 = smaller(i0 + strip_rows, rows.target);
            const double cx = double(x_all[n.centre(group)]), cy = double(y_all[n.centre(group)]);
            double *m = sum_m.data, *sx = sum_x.data, *sy = sum_y.data;
            auto clear = [&] {
                for (int64_t j = 0; j < columns.source; ++j) m[j] = sx[j] = sy[j] = 0;
            };
            auto add = [&](int64_t r, double weight) {
                const int64_t at = group * n.windows() + r * columns.source;
                const double* gm = maps.of_mean.data() + at;
                const T *gx = maps.of_x.data() + at, *gy = maps.of_y.data() + at;
#pragma GCC ivdep
                for (int64_t j = 0; j < columns.source; ++j) {
                    m[j] += weight * gm[j];
                    sx[j] += weight * double(gx[j]);
                    sy[j] += weight * double(gy[j]);
                }
            };
            auto along_row = [&](const Row& sums, const Row& out) {
                if (uniform)
                    sum_along_uniform(columns, sums.data, prefix.data, out.data);
                else
                    sum_along_weighted(columns, along, sums.data, out.data);
            };
            for (int64_t i = i0; i < i1; ++i) {
                slide_down(rows, uniform, down, i, i == i0, clear, add);
                along_row(sum_m, out_m);
                along_row(sum_x, out_x);
                along_row(sum_y, out_y);
                const double *om = out_m.data, *ox = out_x.data, *oy = out_y.data;
                for (int64_t p = 0; p < n.planes; ++p) {
                    const int64_t at = (group * n.planes + p) * n.pixels() + i * columns.target;
                    const T *x = x_all + at, *y = y_all + at;
                    T* dx = dx_all + at;
#pragma GCC ivdep
                    for (int64_t j = 0; j < columns.target; ++j)
                        dx[j] = T(scale * (om[j] + (double(x[j]) - cx) * ox[j] + (double(y[j]) - cy) * oy[j]));
                }
            }
        }
    });
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
