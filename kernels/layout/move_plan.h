// The machinery behind layout operations: every output element is a copy of one input element, or 0.
//
// A move is described per output axis k by a small map from the output's index i_k to an input index j, and the input
// index's stride; so a kernel needs no list of indices. Maps, with n the size of the input's axis:
//   straight    j = first + step·i                    slice, permute, flip; no element, so 0, outside of [0, n):
//   padding rolled      j = (first + i) mod n                 roll reflected   j = first + i, mirrored at 0 and n−1
//   pad, reflect: the edge is not repeated mirrored    j = first + i, mirrored at −½ and n−½ pad, symmetric: the edge
//   is repeated clamped     j = min(max(first + i, 0), n−1)       pad, replicate spread_out  j = (i − first)/step, if
//   whole        the adjoint of straight
// The adjoint of a straight or rolled move is again a move; the others are folded back (fold.cu).
#pragma once
#include "engine/kernel_pass.h"
#include "engine/portable.h"

namespace adjoint {

enum MoveMap : int { straight, rolled, reflected, mirrored, clamped, spread_out };

struct Move {
    int rank;
    int64_t total;    // output elements
    int64_t base;     // input offset of all
    int64_t size[8];  // output axes, slowest first
    int64_t first[8], step[8];
    int64_t limit[8];   // size of the input axis that output axis k reads
    int64_t stride[8];  // of that input axis, in elements
    int map[8];
};

// The input index for output index i along axis k; −1: there is none, the element is 0.
ADJOINT_BOTH ADJOINT_INLINE int64_t moved(const Move& m, int k, int64_t i) {
    const int64_t n = m.limit[k];
    if (m.map[k] == spread_out) {
        const int64_t d = i - m.first[k], j = d / m.step[k];
        return d % m.step[k] || j < 0 || j >= n ? -1 : j;
    }
    int64_t j = m.first[k] + m.step[k] * i;
    if (m.map[k] == straight) return j < 0 || j >= n ? -1 : j;
    if (m.map[k] == clamped || n == 1) return j < 0 ? 0 : j < n ? j : n - 1;
    const int64_t period = m.map[k] == rolled ? n : m.map[k] == reflected ? 2 * (n - 1) : 2 * n;
    j %= period;
    if (j < 0) j += period;
    return j < n ? j : m.map[k] == reflected ? period - j : period - 1 - j;
}

// Where output element `index` finds its value in the input; −1: nowhere. Index: a type that holds all offsets.
template <class Index>
ADJOINT_BOTH ADJOINT_INLINE int64_t source_of(const Move& m, Index index) {
    int64_t offset = m.base;
    for (int k = m.rank - 1; k >= 0; --k) {
        const Index q = index / Index(m.size[k]);
        const int64_t j = moved(m, k, int64_t(index - q * Index(m.size[k])));
        if (j < 0) return -1;
        offset += j * m.stride[k];
        index = q;
    }
    return offset;
}

// Axis k is the whole of the input's axis, in order.
ADJOINT_INLINE bool whole(const Move& m, int k) {
    return m.map[k] == straight && m.first[k] == 0 && m.step[k] == 1 && m.limit[k] == m.size[k];
}

// The same move with as few axes as it takes: axes of size 1 go, straight axes that stay inside become whole ones, and
// neighbours that are whole together become one. Rank at least 1.
ADJOINT_INLINE Move simplified(const Move& m) {
    Move s{};
    s.total = m.total;
    s.base = m.base;
    for (int k = 0; k < m.rank; ++k) {
        int64_t first = m.first[k], step = m.step[k], limit = m.limit[k], stride = m.stride[k];
        int map = m.map[k];
        if (map == spread_out && (step == 1 || step == -1)) {
            map = straight;
            first = -first * step;
        }
        const int64_t end = first + step * (m.size[k] - 1);
        const bool inside = map == straight && first >= 0 && first < limit && end >= 0 && end < limit;
        if (inside) {
            s.base += first * stride;
            stride *= step;
            first = 0;
            step = 1;
            limit = m.size[k];
            if (m.size[k] == 1) continue;
            const int p = s.rank - 1;
            if (p >= 0 && whole(s, p) && s.stride[p] == stride * limit) {
                s.size[p] = s.limit[p] = s.size[p] * limit;
                s.stride[p] = stride;
                continue;
            }
        }
        const int p = s.rank++;
        s.size[p] = m.size[k];
        s.first[p] = first;
        s.step[p] = step;
        s.limit[p] = limit;
        s.stride[p] = stride;
        s.map[p] = map;
    }
    if (s.rank == 0) {
        s.rank = 1;
        s.size[0] = s.limit[0] = s.step[0] = s.stride[0] = 1;
        s.map[0] = straight;
    }
    return s;
}

// A transposition hides in the move: along the output's last axis the input is walked across, and another axis is the
// input's fast one. That axis; −1: there is none.
ADJOINT_INLINE int turned_axis(const Move& m) {
    const int last = m.rank - 1;
    if (!whole(m, last) || m.stride[last] == 1 || m.size[last] == 1) return -1;
    for (int k = last - 1; k >= 0; --k)
        if (whole(m, k) && m.stride[k] == 1 && m.size[k] > 1) return k;
    return -1;
}

// The move over all axes but `a` and `b`, on an output of the remaining axes alone; out_stride: where they stand in the
// full output.
ADJOINT_INLINE Move without_axes(const Move& m, int a, int b, int64_t* out_stride) {
    Move r{};
    r.base = m.base;
    r.total = 1;
    int64_t stride = 1;
    int64_t full[8];
    for (int k = m.rank - 1; k >= 0; --k) {
        full[k] = stride;
        stride *= m.size[k];
    }
    for (int k = 0; k < m.rank; ++k) {
        if (k == a || k == b) continue;
        r.size[r.rank] = m.size[k];
        r.first[r.rank] = m.first[k];
        r.step[r.rank] = m.step[k];
        r.limit[r.rank] = m.limit[k];
        r.stride[r.rank] = m.stride[k];
        r.map[r.rank] = m.map[k];
        r.total *= m.size[k];
        out_stride[r.rank++] = full[k];
    }
    return r;
}

// Where element `index` of the remaining axes stands in the full output.
ADJOINT_BOTH ADJOINT_INLINE int64_t place_of(const Move& r, const int64_t* out_stride, int64_t index) {
    int64_t offset = 0;
    for (int k = r.rank - 1; k >= 0; --k) {
        offset += index % r.size[k] * out_stride[k];
        index /= r.size[k];
    }
    return offset;
}

// Starts a move: axis k of the output reads axis `from` = k of x, whole and in order.
ADJOINT_INLINE Move identity_move(const ArrayView& x, const ArrayView& y) {
    Move m{};
    m.rank = y.rank;
    m.total = y.size;
    int64_t stride = 1;
    for (int k = x.rank - 1; k >= 0; --k) {
        m.size[k] = y.shape[k];
        m.limit[k] = x.shape[k];
        m.stride[k] = stride;
        m.step[k] = 1;
        m.map[k] = straight;
        stride *= x.shape[k];
    }
    return m;
}

}  // namespace adjoint
