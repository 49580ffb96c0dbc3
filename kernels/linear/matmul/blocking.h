// How a product is cut: tiles of rows, panels of columns, slices of depth. All of it depends on the shape alone.
#pragma once
#include "kernels/linear/matmul/pack.h"
#include "kernels/linear/matmul/problem.h"

namespace adjoint::ADJOINT_ISA {

// Usual depth of a slice: a packed panel of B (24 KB with two AVX-512 vectors) stays in L1 beside the rows of A. Up to half
// as much again is not cut.
constexpr int64_t slice_depth = 192;

// [0, count) in `parts` parts of nearly equal length, the inner boundaries at multiples of `multiple`.
struct Partition {
    int64_t count, parts, multiple;
    ADJOINT_INLINE int64_t begin(int64_t i) const {
        return i >= parts ? count : (count * i / parts) / multiple * multiple;
    }
    ADJOINT_INLINE int64_t length(int64_t i) const { return begin(i + 1) - begin(i); }
};
// Rows in tiles of nearly equal height (13 and 14 rows, never a rest of 2); depth in slices.
ADJOINT_INLINE Partition tiles_of(int64_t rows) { return {rows, pieces(rows, tile_rows), 1}; }
ADJOINT_INLINE Partition slices_of(int64_t depth) { return {depth, pieces(depth, slice_depth + slice_depth / 2), 8}; }

// A slice of op(A), from the first row of a block on, as the microkernel reads it.
enum class Layout {
    rows,     // element (i, p) at data[i·stride + p]
    columns,  // element (i, p) at data[p·stride + i]
    panels,   // one packed panel [depth][a_panel] per tile, `stride` apart
};
template <class T>
struct ASlice {
    const T* data;
    int64_t stride;
    Layout layout;
};

// op(B)'s panels are packed one after the other, b_panel_stride apart. With few rows of A a packed copy would be used
// only once: then whole panels are read from B directly, and only a last, narrower one is packed.
template <class T>
struct BPanels {
    const MatmulProblem<T>& p;
    const int64_t count = pieces(p.n, tile_width<T>);
    const int64_t whole = p.n / tile_width<T>;
    const bool direct = p.m <= tile_rows && !p.transpose_b;
    const int64_t first_packed = direct ? whole : 0;

    ADJOINT_INLINE int64_t packed_size(int64_t depth) const { return (count - first_packed) * b_panel_stride<T>(depth); }
};

// A slice of op(B), for block_product.
template <class T>
struct BSlice {
    int64_t depth;
    const T* packed;       // panel `first_packed` and those after it
    int64_t first_packed;
    const T* direct;       // B's rows, for the panels before
    int64_t ldb;
};
template <class T>
ADJOINT_INLINE BSlice<T> slice_of(const BPanels<T>& b, const T* packed, int64_t begin, int64_t depth) {
    return {depth, packed, b.first_packed, b.direct ? b.p.b + begin * b.p.ldb : nullptr, b.p.ldb};
}

// Packs panels j0…j1 (not before first_packed) of op(B)'s rows [begin, begin + depth).
template <class T>
inline void pack_panels(const BPanels<T>& b, int64_t begin, int64_t depth, int64_t j0, int64_t j1, T* packed) {
    const MatmulProblem<T>& p = b.p;
    const int64_t stride = b_panel_stride<T>(depth), width = tile_width<T>;
    T* out = packed + (j0 - b.first_packed) * stride;
    if (p.transpose_b) {
        for (int64_t j = j0; j < j1; j++, out += stride)
            pack_b_columns(p.b + j * width * p.ldb + begin, p.ldb, depth, smaller(width, p.n - j * width), out);
        return;
    }
    const int64_t whole = smaller(j1, b.whole) - j0;
    if (whole > 0) pack_b_rows(p.b + begin * p.ldb + j0 * width, p.ldb, depth, whole, out, stride);
    if (j1 > b.whole)
        pack_b_rest(p.b + begin * p.ldb + b.whole * width, p.ldb, depth, p.n - b.whole * width,
                    out + (b.whole - j0) * stride);
}

// Memory to be fetched into L2 during a block product: `bytes` from `at` on, spread over all its tiles.
struct Ahead {
    const char* at = nullptr;
    int64_t bytes = 0;
};

// C[tiles t0…t1, panels j0…j1] (+)= slice of A times slice of B. A panel of B is used by all tiles while it is in L1.
template <class T>
inline void block_product(const Partition& tiles, int64_t t0, int64_t t1, int64_t j0, int64_t j1, const ASlice<T>& a,
                          const BSlice<T>& b, T* c, int64_t ldc, int64_t columns, bool accumulate, Ahead ahead) {
    const int64_t calls = (t1 - t0) * (j1 - j0);
    if (calls == 0) return;
    const int64_t part = ahead.bytes / calls, first_row = tiles.begin(t0);
    Tile<T> tile;
    tile.depth = b.depth;
    tile.ldc = ldc;
    tile.accumulate = accumulate;
    tile.a_stride = a.layout == Layout::panels ? a_panel : a.stride;
    tile.ahead_step = pieces(part, larger<int64_t>(b.depth / 4, 1));
    const char* soon = ahead.bytes ? ahead.at : reinterpret_cast<const char*>(a.data);
    for (int64_t j = j0; j < j1; j++) {
        tile.columns = smaller<int64_t>(tile_width<T>, columns - j * tile_width<T>);
        const bool direct = j < b.first_packed;
        tile.b = direct ? b.direct + j * tile_width<T> : b.packed + (j - b.first_packed) * b_panel_stride<T>(b.depth);
        tile.b_stride = direct ? b.ldb : panel_width<T>(tile.columns);
        for (int64_t t = t0, row = first_row, next; t < t1; t++, row = next) {
            next = tiles.begin(t + 1);
            tile.c = c + row * ldc + j * tile_width<T>;
            tile.ahead = soon;
            soon += part;
            tile.a = a.data + (a.layout == Layout::rows   ? (row - first_row) * a.stride
                               : a.layout == Layout::panels ? (t - t0) * a.stride
                                                            : row - first_row);
            run_tile(int(next - row), a.layout != Layout::rows, tile);
        }
    }
}

}  // namespace adjoint::ADJOINT_ISA
