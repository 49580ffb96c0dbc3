// Broadcasting: how N inputs are walked to make one output. Used in every pass: plain data and inlined functions only.
#pragma once
#include "engine/kernel_arguments.h"
#include "engine/portable.h"

namespace adjoint {

// The output's axes with neighbours merged where every input allows it, and each input's stride (in elements) along
// them; 0 repeats. After merging, the last axis has stride 0 or 1 for every input.
template <int N>
struct Broadcast {
    int rank;
    int64_t total;        // output elements
    int64_t size[8];      // slowest first; at least one axis
    int64_t stride[N][8];
};

template <int N>
ADJOINT_INLINE Broadcast<N> plan_broadcast(const ArrayView* in, const ArrayView& out) {
    Broadcast<N> b{};
    b.total = out.size;
    int64_t step[N];  // stride of the current axis, counted from the last one
    for (int k = 0; k < N; ++k) step[k] = 1;
    // Collected from the last axis to the first, then turned round.
    int n = 0;
    for (int axis = out.rank - 1; axis >= 0; --axis) {
        int64_t size = out.shape[axis];
        int64_t s[N];
        for (int k = 0; k < N; ++k) {
            int own = axis - (out.rank - in[k].rank);
            int64_t own_size = own >= 0 ? in[k].shape[own] : 1;
            s[k] = own_size == 1 ? 0 : step[k];
            step[k] *= own_size;
        }
        if (size == 1) continue;
        bool merge = n > 0;
        for (int k = 0; k < N; ++k) merge = merge && s[k] == b.stride[k][n - 1] * b.size[n - 1];
        if (merge) {
            b.size[n - 1] *= size;
            continue;
        }
        b.size[n] = size;
        for (int k = 0; k < N; ++k) b.stride[k][n] = s[k];
        ++n;
    }
    if (n == 0) {
        b.size[0] = 1;
        for (int k = 0; k < N; ++k) b.stride[k][0] = 0;
        n = 1;
    }
    for (int i = 0, j = n - 1; i < j; ++i, --j) {
        int64_t t = b.size[i];
        b.size[i] = b.size[j];
        b.size[j] = t;
        for (int k = 0; k < N; ++k) {
            t = b.stride[k][i];
            b.stride[k][i] = b.stride[k][j];
            b.stride[k][j] = t;
        }
    }
    b.rank = n;
    return b;
}

// Where output element `index` finds input k. Index: int64_t, or int32_t where the output has fewer elements than 2^31.
template <int N, class Index>
ADJOINT_BOTH ADJOINT_INLINE Index input_offset(const Broadcast<N>& b, int k, Index index) {
    Index offset = 0;
    for (int axis = b.rank - 1; axis > 0; --axis) {
        const Index size = Index(b.size[axis]), q = index / size;
        offset += (index - q * size) * Index(b.stride[k][axis]);
        index = q;
    }
    return offset + index * Index(b.stride[k][0]);
}

}  // namespace adjoint
