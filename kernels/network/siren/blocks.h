// The network prepared for a pass over blocks of rows: its weights packed in both directions, and the places of a block's
// activations and of a slab's gradients.
#pragma once
#include "engine/parallel.h"
#include "engine/scratch.h"
#include "kernels/linear/matmul/blocking.h"
#include "kernels/network/siren/passes.h"

namespace adjoint::ADJOINT_ISA {

// Rows of activations lie an odd number of cache lines apart, so that a column of them spreads over all sets of L1.
template <class T>
ADJOINT_INLINE int64_t row_stride(int64_t width) {
    const int64_t lines = pieces(width * int64_t(sizeof(T)), 64);
    return (lines >= 4 ? lines | 1 : lines) * 64 / int64_t(sizeof(T));
}

// A weight matrix as op(B) of h Wᵀ (forward) or g W (backward), packed slice by slice.
template <class T>
struct PackedWeight {
    MatmulProblem<T> view;  // b, n and k; m is taken as large
    T* data;

    ADJOINT_INLINE void look_at(const T* weight, int64_t out, int64_t in, bool forward) {
        view = MatmulProblem<T>();
        view.m = INT64_MAX;
        view.n = forward ? out : in, view.k = forward ? in : out;
        view.b = weight, view.ldb = in, view.transpose_b = forward;
        data = nullptr;
    }
    ADJOINT_INLINE int64_t slice_size() const {
        const Partition slices = slices_of(view.k);
        return BPanels<T>{view}.packed_size(slices.count / slices.parts + slices.multiple);
    }
    ADJOINT_INLINE int64_t size() const { return slices_of(view.k).parts * slice_size(); }
    inline void pack() const {
        const Partition slices = slices_of(view.k);
        const BPanels<T> panels{view};
        for (int64_t s = 0; s < slices.parts; s++)
            pack_panels(panels, slices.begin(s), slices.length(s), 0, panels.count, data + s * slice_size());
    }
    // c = a op(B) for `rows` rows.
    inline void multiply(int64_t rows, const T* a, int64_t a_stride, T* c, int64_t c_stride) const {
        const Partition slices = slices_of(view.k), tiles = tiles_of(rows);
        const BPanels<T> panels{view};
        for (int64_t s = 0; s < slices.parts; s++) {
            const int64_t begin = slices.begin(s), depth = slices.length(s);
            const T* packed = data + s * slice_size();
            // While a panel is used the next one comes into L2.
            const int64_t panel = b_panel_stride<T>(depth);
            const Ahead next{reinterpret_cast<const char*>(packed + panel), panels.count * panel * int64_t(sizeof(T))};
            block_product(tiles, 0, tiles.parts, 0, panels.count, ASlice<T>{a + begin, a_stride, Layout::rows},
                          slice_of(panels, packed, begin, depth), c, c_stride, view.n, s > 0, next);
        }
    }
};

template <class T>
struct SirenLayer {
    int64_t in, out;
    int64_t stride;                // of its output rows
    const T* bias;
    T omega;                       // 0 for the last, linear layer
    PackedWeight<T> forward, backward;
    // In a slab's gradients: dW, as out × in, or, where in is too short for a vector, turned, as in × out.
    bool turned;
    int64_t weight_at, weight_stride, bias_at;
    // In a block's activations: h = sin(…) and its derivative, later dL/d(h W ᵀ + b); of the last layer y, later dL/dy.
    int64_t h_at, derivative_at;
};

// c += dzᵀ h, or hᵀ dz when turned: the weight's gradient of one block. Reads up to a tile's width beyond the rows of the
// second factor.
template <class T>
inline void add_weight_gradient(const SirenLayer<T>& layer, int64_t rows, const T* dz, const T* h, int64_t h_stride, T* c,
                                bool accumulate) {
    const int64_t m = layer.turned ? layer.in : layer.out, n = layer.turned ? layer.out : layer.in;
    const T* a = layer.turned ? h : dz;
    const T* b = layer.turned ? dz : h;
    const int64_t a_stride = layer.turned ? h_stride : layer.stride, b_stride = layer.turned ? layer.stride : h_stride;
    const Partition tiles = tiles_of(m);
    const int64_t panels = pieces(n, tile_width<T>);
    block_product(tiles, 0, tiles.parts, 0, panels, ASlice<T>{a, a_stride, Layout::columns},
                  BSlice<T>{rows, nullptr, panels, b, b_stride}, c, layer.weight_stride, n, accumulate, Ahead{});
}

}  // namespace adjoint::ADJOINT_ISA
