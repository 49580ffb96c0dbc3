// Layers on blocks of rows that stay in cache: a weight matrix packed for either direction, and its gradient, which grows
// block by block. Used by the sine layer's way back and by the whole SIREN.
#pragma once
#include "engine/parallel.h"
#include "engine/scratch.h"
#include "kernels/linear/matmul/blocking.h"

namespace adjoint::ADJOINT_ISA {

// Rows of activations lie an odd number of cache lines apart, so that a column of them spreads over all sets of L1.
template <class T>
ADJOINT_INLINE int64_t row_stride(int64_t width) {
    const int64_t lines = pieces(width * int64_t(sizeof(T)), 64);
    return (lines >= 4 ? lines | 1 : lines) * 64 / int64_t(sizeof(T));
}

// Slabs of rows that have gradients of their own, `gradient_size` numbers each; they are added in the order of the slabs.
template <class T>
ADJOINT_INLINE int64_t slab_count(int64_t rows, int64_t gradient_size) {
    int64_t slabs = 16;
    while (slabs > 4 && slabs * gradient_size * int64_t(sizeof(T)) > (int64_t(64) << 20)) slabs /= 2;
    return larger<int64_t>(1, smaller<int64_t>(slabs, rows / 64));
}

// The sum of `count` numbers over slabs that are `step` apart, in order.
template <class T, class Count>
ADJOINT_INLINE Vector<T> sum_of_slabs(const T* first, int64_t step, int64_t slabs, Count count) {
    Vector<T> sum = load_some(first, count);
    for (int64_t s = 1; s < slabs; s++) sum += load_some(first + s * step, count);
    return sum;
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
        return BPanels<T>{view}.packed_size(slices.count / larger<int64_t>(slices.parts, 1) + slices.multiple);
    }
    ADJOINT_INLINE int64_t size() const { return slices_of(view.k).parts * slice_size(); }
    inline void pack() const {
        const Partition slices = slices_of(view.k);
        const BPanels<T> panels{view};
        for (int64_t s = 0; s < slices.parts; s++)
            pack_panels(panels, slices.begin(s), slices.length(s), 0, panels.count, data + s * slice_size());
    }
    // c = a op(B) for `rows` rows; 0 where there is no depth.
    inline void multiply(int64_t rows, const T* a, int64_t a_stride, T* c, int64_t c_stride) const {
        for (int64_t r = 0; view.k == 0 && r < rows; r++)
            for (int64_t x = 0; x < view.n; x++) c[r * c_stride + x] = T(0);
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

// A slab's dL/dW = Σ_rows dzᵀ h, as out × in, or, where in is too short for a vector, turned, as in × out.
template <class T>
struct WeightGradient {
    int64_t out, in, stride;
    bool turned;

    ADJOINT_INLINE void look_at(int64_t out_size, int64_t in_size) {
        out = out_size, in = in_size;
        turned = in <= lanes<T> && in < out;
        stride = round_up(turned ? out : in, 64 / int64_t(sizeof(T)));
    }
    ADJOINT_INLINE int64_t size() const { return (turned ? in : out) * stride; }

    // slab += dzᵀ h for a block of rows; = instead of += for the first. Reads up to a tile's width beyond the rows of dz
    // (turned) or h. `ahead` is fetched meanwhile, in equal parts beside the panels.
    template <int ranges>
    inline void add(int64_t rows, const T* dz, int64_t dz_stride, const T* h, int64_t h_stride, T* slab, bool first,
                    const Ahead (&ahead)[ranges]) const {
        const int64_t m = turned ? in : out, n = turned ? out : in;
        const T* a = turned ? h : dz;
        const T* b = turned ? dz : h;
        const int64_t a_stride = turned ? h_stride : dz_stride, b_stride = turned ? dz_stride : h_stride;
        const Partition tiles = tiles_of(m), panels{pieces(n, tile_width<T>), ranges, 1};
        for (int i = 0; i < ranges; i++)
            if (panels.length(i) > 0)
                block_product(tiles, 0, tiles.parts, panels.begin(i), panels.begin(i + 1),
                              ASlice<T>{a, a_stride, Layout::columns}, BSlice<T>{rows, nullptr, panels.count, b, b_stride},
                              slab, stride, n, !first, ahead[i]);
    }

    // weight = the sum over slabs that are `step` apart, or += where `accumulate`.
    inline void collect(const T* slab, int64_t step, int64_t slabs, T* weight, bool accumulate) const {
        parallel_for(turned ? 1 : out, 16, [&](int64_t begin, int64_t end) {
            if (turned) begin = 0, end = in;
            for (int64_t r = begin; r < end; r++)
                for_vectors<T>(turned ? out : in, [&](int64_t x, auto count) {
                    Vector<T> sum = sum_of_slabs(slab + r * stride + x, step, slabs, count);
                    for (int64_t k = 0; turned && k < count; k++) {
                        T* to = weight + (x + k) * in + r;
                        *to = accumulate ? *to + sum[k] : sum[k];
                    }
                    if (turned) return;
                    T* to = weight + r * in + x;
                    store_some(to, accumulate ? Vector<T>(load_some(to, count) + sum) : sum, count);
                });
        });
    }
};

}  // namespace adjoint::ADJOINT_ISA
