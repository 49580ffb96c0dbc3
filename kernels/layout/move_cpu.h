// Moves on the CPU. Axis by axis, the output is made of runs (runs.h): pieces that are zero, or that read the input
// straight; along the last axis a run is one copy. Where the input is walked across, a transposition (turn.h).
// Bytes: every element read and written once.
#pragma once
#include "engine/cpu_vector.h"
#include "engine/parallel.h"
#include "kernels/layout/move_plan.h"
#include "kernels/layout/runs.h"
#include "kernels/layout/turn.h"

namespace adjoint::ADJOINT_ISA {
namespace {

// Output indices [begin, end) of axis k, and all of the axes behind it. unit: output elements per index.
template <class T>
void move_axis(const Move& m, int k, int64_t begin, int64_t end, int64_t unit, const T* x, T* y) {
    const bool last = k == m.rank - 1;
    if (m.map[k] == spread_out && last) {  // runs would be single elements
        std::memset(y, 0, size_t(end - begin) * sizeof(T));
        for (int64_t j = 0; j < m.limit[k]; ++j) {
            const int64_t i = m.first[k] + m.step[k] * j;
            if (i >= begin && i < end) y[i - begin] = x[j * m.stride[k]];
        }
        return;
    }
    const int64_t inner = last ? 1 : unit / m.size[k + 1];
    for (int64_t i = begin; i < end;) {
        Run r = run_at(m, k, i);
        r.length = smaller(r.length, end - i);
        const T* from = x + r.from * m.stride[k];
        const int64_t step = r.step * m.stride[k];
        if (r.nothing)
            std::memset(y, 0, size_t(r.length * unit) * sizeof(T));
        else if (last)
            copy_run(y, from, r.length, step);
        else if (k + 2 == m.rank && whole(m, k + 1))
            for (int64_t e = 0; e < r.length; ++e) copy_run(y + e * unit, from + e * step, unit, m.stride[k + 1]);
        else
            for (int64_t e = 0; e < r.length; ++e)
                move_axis(m, k + 1, 0, m.size[k + 1], inner, from + e * step, y + e * unit);
        y += r.length * unit;
        i += r.length;
    }
}

template <class T>
void move_turned(const Move& m, int across, const T* x, T* y) {
    const int last = m.rank - 1;
    int64_t out_stride[8];
    const Move rest = without_axes(m, across, last, out_stride);
    int64_t ys = 1;
    for (int k = across + 1; k < m.rank; ++k) ys *= m.size[k];
    const int64_t rows = m.size[across], columns = m.size[last], xs = m.stride[last];
    const int64_t strip = columns >= 1024 ? 64 : smaller(rows, round_up(65536 / columns, 64)),
                  strips = pieces(rows, strip);
    const int64_t grain = larger<int64_t>(1, 16384 / (smaller(strip, rows) * columns));
    parallel_for(rest.total * strips, grain, [&](int64_t begin, int64_t end) {
        for (int64_t item = begin; item < end; ++item) {
            const int64_t o = item / strips, i = item % strips * strip, n = smaller(strip, rows - i);
            const int64_t from = source_of(rest, o);
            T* to = y + place_of(rest, out_stride, o) + i * ys;
            if (from >= 0)
                turn(x + from + i, xs, to, ys, n, columns);
            else
                for (int64_t k = 0; k < n; ++k) std::memset(to + k * ys, 0, size_t(columns) * sizeof(T));
        }
    });
}

// Items: indices of the leading axes, and of the axis behind them in parts.
template <class T>
void move(const Move& plan, const KernelArguments& a) {
    if (plan.total == 0) return;
    const Move m = simplified(plan);
    T* y = a.out<T>(0);
    if (const int across = turned_axis(m); across >= 0) return move_turned(m, across, a.in<T>(0), y);
    constexpr int64_t enough = 16384;  // elements per item
    int level = 0;
    int64_t leading = 1, unit = m.total / m.size[0];
    while (level < m.rank - 1 && (unit > 4 * enough || (leading * m.size[level] < 64 && level < m.rank - 2))) {
        leading *= m.size[level];
        unit /= m.size[++level];
    }
    Move outer = m;
    outer.rank = level;
    outer.total = leading;
    const int64_t part = larger<int64_t>(1, enough / unit), parts = pieces(m.size[level], part);
    const int64_t grain = larger<int64_t>(1, enough / (smaller(part, m.size[level]) * unit));
    parallel_for(leading * parts, grain, [&](int64_t begin, int64_t end) {
        for (int64_t item = begin; item < end; ++item) {
            const int64_t o = item / parts, i = item % parts * part, n = smaller(part, m.size[level] - i);
            const int64_t from = source_of(outer, o);
            T* to = y + (o * m.size[level] + i) * unit;
            if (from < 0)
                std::memset(to, 0, size_t(n * unit) * sizeof(T));
            else
                move_axis(m, level, i, i + n, unit, a.in<T>(0) + from, to);
        }
    });
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
