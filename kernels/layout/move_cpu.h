// Moves on the CPU: row by row of the output's last axis. Where the input's last axis is walked in order, a row is one
// memcpy between its edges; where it is walked across (a transposition), squares of 16×16 elements are turned so that
// both sides stay within a few cache lines. Bytes: every element read and written once.
#pragma once
#include "engine/cpu_vector.h"
#include "engine/parallel.h"
#include "kernels/layout/move.h"

namespace adjoint::ADJOINT_ISA {
namespace {

// The input offset that all axes but the last `skip` give to output row `row`; −1: the row is zero.
inline int64_t row_source(const Move& m, int64_t row, int skip) {
    int64_t offset = 0;
    for (int k = m.rank - 1 - skip; k >= 0; --k) {
        const int64_t q = row / m.size[k], j = moved(m, k, row - q * m.size[k]);
        if (j < 0) return -1;
        offset += j * m.stride[k];
        row = q;
    }
    return offset;
}

template <class T>
void move_row(const Move& m, int last, const T* x, T* y) {
    const int64_t n = m.size[last], stride = m.stride[last], limit = m.limit[last];
    if (m.map[last] == straight) {
        // Output indices whose source exists: 0 ≤ first + step·i < limit.
        const int64_t first = m.first[last], step = m.step[last];
        int64_t begin = 0, end = n;
        if (step > 0) {
            begin = first < 0 ? smaller(n, pieces(-first, step)) : 0;
            end = first < limit ? smaller(n, pieces(limit - first, step)) : 0;
        } else {
            begin = first >= limit ? smaller(n, pieces(first - limit + 1, -step)) : 0;
            end = first >= 0 ? smaller(n, first / -step + 1) : 0;
        }
        if (end < begin) end = begin;
        std::memset(y, 0, size_t(begin) * sizeof(T));
        if (step * stride == 1)
            std::memcpy(y + begin, x + first + begin, size_t(end - begin) * sizeof(T));
        else
            for (int64_t i = begin; i < end; ++i) y[i] = x[(first + step * i) * stride];
        std::memset(y + end, 0, size_t(n - end) * sizeof(T));
        return;
    }
    if (m.map[last] == spread_out && m.step[last] == 1 && stride == 1) {
        // y is x from `first` on, with zeros around.
        const int64_t begin = m.first[last] > 0 ? smaller(n, m.first[last]) : 0;
        const int64_t end = larger(begin, smaller(n, m.first[last] + limit));
        std::memset(y, 0, size_t(begin) * sizeof(T));
        std::memcpy(y + begin, x + (begin - m.first[last]), size_t(end - begin) * sizeof(T));
        std::memset(y + end, 0, size_t(n - end) * sizeof(T));
        return;
    }
    if (m.map[last] == rolled && m.step[last] == 1 && stride == 1 && n == limit) {
        const int64_t start = moved(m, last, 0);
        std::memcpy(y, x + start, size_t(n - start) * sizeof(T));
        std::memcpy(y + n - start, x, size_t(start) * sizeof(T));
        return;
    }
    for (int64_t i = 0; i < n; ++i) {
        const int64_t j = moved(m, last, i);
        y[i] = j < 0 ? T(0) : x[j * stride];
    }
}

// Squares of a plane: output axes (last − 1, last), of which the first but not the last is the input's fast axis.
template <class T>
void move_plane_turned(const Move& m, const T* x, T* y) {
    const int last = m.rank - 1;
    constexpr int64_t side = 16;
    for (int64_t i0 = 0; i0 < m.size[last - 1]; i0 += side)
        for (int64_t j0 = 0; j0 < m.size[last]; j0 += side) {
            const int64_t i1 = smaller(m.size[last - 1], i0 + side), j1 = smaller(m.size[last], j0 + side);
            for (int64_t i = i0; i < i1; ++i)
                for (int64_t j = j0; j < j1; ++j)
                    y[i * m.size[last] + j] = x[(m.first[last - 1] + i) * m.stride[last - 1] +
                                                (m.first[last] + m.step[last] * j) * m.stride[last]];
        }
}

template <class T>
void move(const Move& m, const KernelArguments& a) {
    if (m.total == 0) return;
    const T* x = a.in<T>(0);
    T* y = a.out<T>(0);
    if (m.rank == 0) {
        y[0] = x[0];
        return;
    }
    const int last = m.rank - 1;
    auto inside = [&](int k) {
        const int64_t end = m.first[k] + m.step[k] * (m.size[k] - 1);
        return m.map[k] == straight && m.first[k] >= 0 && m.first[k] < m.limit[k] && end >= 0 && end < m.limit[k];
    };
    const bool turned = m.rank > 1 && m.stride[last] != 1 && m.stride[last - 1] == 1 && m.step[last - 1] == 1 &&
                        inside(last) && inside(last - 1);
    const int64_t unit = turned ? m.size[last] * m.size[last - 1] : m.size[last];
    const int64_t grain = larger<int64_t>(1, 16384 / unit);
    parallel_for(m.total / unit, grain, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
            const int64_t from = row_source(m, r, turned ? 2 : 1);
            if (from < 0)
                std::memset(y + r * unit, 0, size_t(unit) * sizeof(T));
            else if (turned)
                move_plane_turned(m, x + from, y + r * unit);
            else
                move_row(m, last, x + from, y + r * unit);
        }
    });
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
