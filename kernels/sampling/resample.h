// The kernels of every linear sampling and its adjoint, for any rule of an axis (axis.h):
//   y[i, j] = Σ_{a, b} rows.weight(i, a) columns.weight(j, b) x[a, b], plane by plane.
// Include it after defining, per operation, `rule_axes<Axis>(arguments, source view, target view)`.
#pragma once
#include "engine/kernel_pass.h"
#include "kernels/sampling/axis.h"

namespace adjoint {
namespace {

template <class Axis>
struct Axes2d {
    Axis rows, columns;
};

}  // namespace
}  // namespace adjoint

#if ADJOINT_HOST
#include "engine/operation.h"
namespace adjoint {
namespace {

// Walks the sampling itself in both directions: target by target, its source pixels.
template <class Axis, bool adjoint, class S>
void resample_definition(const KernelArguments& a, const Axes2d<Axis>& axes) {
    const Axis &rows = axes.rows, &columns = axes.columns;
    const S* x = a.in<S>(0);
    S* y = a.out<S>(0);
    for (int64_t k = 0; k < a.out_view(0).size; ++k) y[k] = S(0.0);
    const int64_t source = rows.source * columns.source, target = rows.target * columns.target;
    const int64_t planes = a.in_view(0).shape[0] * a.in_view(0).shape[1];
    for (int64_t p = 0; p < planes; ++p)
        for (int64_t i = 0; i < rows.target; ++i)
            for (int64_t j = 0; j < columns.target; ++j)
                for (int64_t r = rows.first(i); r <= rows.last(i); ++r)
                    for (int64_t c = columns.first(j); c <= columns.last(j); ++c) {
                        const S weight(rows.weight(i, r) * columns.weight(j, c));
                        const int64_t at_source = p * source + r * columns.source + c;
                        const int64_t at_target = p * target + i * columns.target + j;
                        if (adjoint)
                            y[at_source] += weight * x[at_target];
                        else
                            y[at_target] += weight * x[at_source];
                    }
}

}  // namespace
}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "engine/cpu_vector.h"
#include "engine/parallel.h"
#include "engine/scratch.h"
namespace adjoint::ADJOINT_ISA {
namespace {

// One axis written out: result i is Σ_{k < count[i]} weight[k][i] · input[index[k][i]].
template <class T>
class Table {
public:
    template <class D>
    explicit Table(const D& d)
        : n(d.results()), widest(widest_of(d)), count(n), index(widest * n), weight(widest * n) {
        for (int64_t i = 0; i < n; ++i) {
            const Readers r = d.terms(i);
            count.data()[i] = int32_t(r.end - r.begin);
            for (int64_t k = 0; k < widest; ++k) {
                const bool there = r.begin + k < r.end;
                index.data()[k * n + i] = there ? int32_t(r.begin + k) : 0;
                weight.data()[k * n + i] = there ? T(d.weight(i, r.begin + k)) : T(0);
            }
        }
    }

    const int64_t n, widest;
    Scratch<int32_t> count, index;
    Scratch<T> weight;

private:
    template <class D>
    static int64_t widest_of(const D& d) {
        int64_t most = 0;
        for (int64_t i = 0; i < d.results(); ++i) {
            const Readers r = d.terms(i);
            most = larger(most, r.end - r.begin);
        }
        return most;
    }
};

// line = Σ_k weight_k · (row index_k of x) for result row i.
template <class T>
void combine_rows(const Table<T>& t, int64_t i, const T* x, int64_t width, T* __restrict__ line) {
    const int64_t count = t.count.data()[i];
    if (count == 0) std::memset(line, 0, size_t(width) * sizeof(T));
    for (int64_t k = 0; k < count; ++k) {
        const T* __restrict__ row = x + int64_t(t.index.data()[k * t.n + i]) * width;
        const T w = t.weight.data()[k * t.n + i];
        if (k == 0)
            for (int64_t c = 0; c < width; ++c) line[c] = w * row[c];
        else
            for (int64_t c = 0; c < width; ++c) line[c] += w * row[c];
    }
}

// y[j] = Σ_k weight[k][j] · line[index[k][j]]. What a result does not read is left out, not multiplied by 0: it may be
// infinite.
template <class T>
void combine_columns(const Table<T>& t, const T* __restrict__ line, T* __restrict__ y) {
    const int32_t* __restrict__ count = t.count.data();
    if (t.widest == 0) std::memset(y, 0, size_t(t.n) * sizeof(T));
    for (int64_t k = 0; k < t.widest; ++k) {
        const int32_t* __restrict__ index = t.index.data() + k * t.n;
        const T* __restrict__ weight = t.weight.data() + k * t.n;
        if (k == 0)
            for (int64_t j = 0; j < t.n; ++j) y[j] = count[j] > 0 ? weight[j] * line[index[j]] : T(0);
        else
            for (int64_t j = 0; j < t.n; ++j) y[j] = k < count[j] ? y[j] + weight[j] * line[index[j]] : y[j];
    }
}

// Each result row: its input rows combined into one line (vector code), then the line's columns (gathers).
template <class T, bool adjoint, class Axis>
void resample(const KernelArguments& a, const Axes2d<Axis>& axes) {
    if (a.out_view(0).size == 0) return;
    const Table<T> rows(Direction<Axis, adjoint>{axes.rows}), columns(Direction<Axis, adjoint>{axes.columns});
    const int64_t planes = a.in_view(0).shape[0] * a.in_view(0).shape[1];
    const int64_t height = a.in_view(0).shape[2], width = a.in_view(0).shape[3];
    const T* x = a.in<T>(0);
    T* y = a.out<T>(0);
    parallel_for(planes * rows.n, larger<int64_t>(1, 16384 / (width + columns.n)), [&](int64_t begin, int64_t end) {
        Scratch<T> line(width);
        for (int64_t k = begin; k < end; ++k) {
            combine_rows(rows, k % rows.n, x + k / rows.n * height * width, width, line.data());
            combine_columns(columns, line.data(), y + k * columns.n);
        }
    });
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "engine/gpu.h"
namespace adjoint::gpu {
namespace {

// One thread per result; weights are found on the way. Bytes: the input once (neighbours share it through the cache), the
// result once; bound by memory. Compiled for GPUs; its rate on one is not measured yet.
template <class T, class D>
__global__ void resample_pixels(D rows, D columns, const T* x, T* y, int64_t total) {
    const int64_t k = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (k >= total) return;
    const int64_t i = k / columns.results() % rows.results(), j = k % columns.results();
    const int64_t plane = k / columns.results() / rows.results();
    const T* from = x + plane * rows.inputs() * columns.inputs();
    const Readers r = rows.terms(i), c = columns.terms(j);
    T result = T(0);
    for (int64_t b = c.begin; b < c.end; ++b) {
        T column = T(0);
        for (int64_t v = r.begin; v < r.end; ++v) column += T(rows.weight(i, v)) * from[v * columns.inputs() + b];
        result += T(columns.weight(j, b)) * column;
    }
    y[k] = result;
}

template <class T, bool adjoint, class Axis>
void resample(const KernelArguments& a, const Axes2d<Axis>& axes) {
    const int64_t total = a.out_view(0).size;
    if (total == 0) return;
    using D = Direction<Axis, adjoint>;
    launch(resample_pixels<T, D>, dim3(unsigned((total + 255) / 256)), dim3(256), 0, a.stream, D{axes.rows},
           D{axes.columns}, a.in<T>(0), a.out<T>(0), total);
}

}  // namespace
}  // namespace adjoint::gpu
#endif

// The four kernels of an operation `op` and of its adjoint `op_adjoint`, in the pass at hand. axes_of(arguments, source,
// target) reads the rule's settings.
#if ADJOINT_HOST
#define ADJOINT_RESAMPLING(op, axes_of)                                                                      \
    ADJOINT_DECLARE_KERNELS(op)                                                                              \
    ADJOINT_DECLARE_KERNELS(op##_adjoint)                                                                    \
    template <class S>                                                                                       \
    static void op##_definition(const KernelArguments& a) {                                                  \
        const auto axes = axes_of(a, a.in_view(0), a.out_view(0));                                           \
        resample_definition<decltype(axes.rows), false, S>(a, axes);                                         \
    }                                                                                                        \
    template <class S>                                                                                       \
    static void op##_adjoint_definition(const KernelArguments& a) {                                          \
        const auto axes = axes_of(a, a.out_view(0), a.in_view(0));                                           \
        resample_definition<decltype(axes.rows), true, S>(a, axes);                                          \
    }
#else
#if ADJOINT_CPU
#define ADJOINT_SAMPLING_PASS ADJOINT_ISA
#else
#define ADJOINT_SAMPLING_PASS gpu
#endif
#define ADJOINT_RESAMPLING(op, axes_of)                                                                      \
    namespace ADJOINT_SAMPLING_PASS {                                                                        \
    namespace {                                                                                              \
    template <class T>                                                                                       \
    void op(const KernelArguments& a) {                                                                      \
        resample<T, false>(a, axes_of(a, a.in_view(0), a.out_view(0)));                                      \
    }                                                                                                        \
    template <class T>                                                                                       \
    void op##_adjoint(const KernelArguments& a) {                                                            \
        resample<T, true>(a, axes_of(a, a.out_view(0), a.in_view(0)));                                       \
    }                                                                                                        \
    }                                                                                                        \
    ADJOINT_KERNELS(op)                                                                                      \
    ADJOINT_KERNELS(op##_adjoint)                                                                            \
    }
#endif
