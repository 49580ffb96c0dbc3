// Copies of parts of A and B in the order in which the microkernel reads them.
#pragma once
#include <type_traits>

#include "kernels/linear/matmul/microkernel.h"

namespace adjoint::ADJOINT_ISA {

// Turns a square of lanes × lanes numbers held in vectors: log₂ lanes rounds in which vectors i and i + lanes/2 are
// interleaved into vectors 2i and 2i + 1.
template <class T>
ADJOINT_INLINE void transpose_square(Vector<T>* v) {
    constexpr int n = lanes<T>;
    using Index = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
    typedef Index Indices __attribute__((vector_size(vector_bytes)));
    Indices low, high;
    for (int i = 0; i < n; i++) {
        low[i] = i / 2 + (i % 2) * n;
        high[i] = low[i] + n / 2;
    }
#pragma GCC unroll 4
    for (int round = 1; round < n; round *= 2) {
        Vector<T> w[n];
#pragma GCC unroll 16
        for (int i = 0; i < n / 2; i++) {
            w[2 * i] = __builtin_shuffle(v[i], v[i + n / 2], low);
            w[2 * i + 1] = __builtin_shuffle(v[i], v[i + n / 2], high);
        }
#pragma GCC unroll 16
        for (int i = 0; i < n; i++) v[i] = w[i];
    }
}

// How wide the packed panel with `columns` columns is: one vector, or a tile's two.
template <class T>
ADJOINT_INLINE int64_t panel_width(int64_t columns) { return columns > lanes<T> ? tile_width<T> : lanes<T>; }

// B's rows into whole panels: out[j·stride + p·width + x] = b[p·ldb + j·width + x] for p < depth, j < panels. Row by row
// of B, because the rows lie pages apart.
template <class T>
inline void pack_b_rows(const T* b, int64_t ldb, int64_t depth, int64_t panels, T* out, int64_t stride) {
    constexpr int64_t width = tile_width<T>;
    for (int64_t p = 0; p < depth; p++)
        for (int64_t j = 0; j < panels; j++)
            for (int64_t x = 0; x < width; x += lanes<T>)
                store(out + j * stride + p * width + x, load(b + p * ldb + j * width + x));
}
// The same for one panel of fewer columns, filled up with zeros.
template <class T>
inline void pack_b_rest(const T* b, int64_t ldb, int64_t depth, int64_t columns, T* out) {
    const int64_t width = panel_width<T>(columns);
    for (int64_t p = 0; p < depth; p++)
        for (int64_t x = 0; x < width; x += lanes<T>)
            store(out + p * width + x, load_first(b + p * ldb + x, larger<int64_t>(columns - x, 0)));
}
// One panel of B stored transposed: out[p·width + x] = b[x·ldb + p].
template <class T>
inline void pack_b_columns(const T* b, int64_t ldb, int64_t depth, int64_t columns, T* out) {
    constexpr int n = lanes<T>;
    const int64_t width = panel_width<T>(columns);
    for (int64_t x = 0; x < width; x += n)
        for (int64_t p = 0; p < depth; p += n) {
            const int64_t deep = smaller<int64_t>(n, depth - p);
            Vector<T> v[n];
            for (int i = 0; i < n; i++)
                v[i] = x + i < columns ? (deep == n ? load(b + (x + i) * ldb + p) : load_first(b + (x + i) * ldb + p, deep))
                                       : Vector<T>{};
            transpose_square<T>(v);
            for (int i = 0; i < deep; i++) store(out + (p + i) * width + x, v[i]);
        }
}

// A stored transposed: the panels of tiles t0…t1, out[t·stride + p·a_panel + i] = a[p·lda + tile's first row + i], i as
// far as there are rows. Row by row of the stored matrix, as above.
template <class T, class Tiles>
inline void pack_a_panels(const T* a, int64_t lda, int64_t depth, const Tiles& tiles, int64_t t0, int64_t t1, T* out,
                          int64_t stride) {
    constexpr int64_t group = 32;  // tiles whose places are worked out beforehand
    for (; t0 < t1; t0 += group, out += group * stride) {
        const int64_t count = smaller(group, t1 - t0);
        int64_t place[group], whole = 0;  // whole: tiles from whose place on a_panel elements can be read
        for (int64_t t = 0; t < count; t++) {
            place[t] = tiles.begin(t0 + t);
            if (place[t] + a_panel <= tiles.count) whole = t + 1;
        }
        for (int64_t p = 0; p < depth; p++) {
            const T* row = a + p * lda;
            T* to = out + p * a_panel;
            for (int64_t t = 0; t < whole; t++, to += stride)
#pragma GCC unroll 4
                for (int i = 0; i < a_panel; i += lanes<T>) store(to + i, load(row + place[t] + i));
            for (int64_t t = whole; t < count; t++, to += stride)
                for (int i = 0; i < a_panel; i += lanes<T>)
                    store(to + i, load_first(row + place[t] + i, larger<int64_t>(tiles.count - place[t] - i, 0)));
        }
    }
}
// The distance of two panels: a cache line more than they are long, so that not all of them begin on the same set of L1.
template <class T> ADJOINT_INLINE int64_t a_panel_stride(int64_t depth) { return a_panel * depth + 64 / int64_t(sizeof(T)); }
template <class T> ADJOINT_INLINE int64_t b_panel_stride(int64_t depth) {
    return tile_width<T> * depth + 64 / int64_t(sizeof(T));
}

// Rows of A at a distance that does not put all of them on the same lines of the L1 cache.
template <class T>
inline void copy_a_rows(const T* a, int64_t lda, int64_t rows, int64_t depth, T* out, int64_t stride) {
    for (int64_t r = 0; r < rows; r++) {
        int64_t p = 0;
        for (; p + lanes<T> <= depth; p += lanes<T>) store(out + r * stride + p, load(a + r * lda + p));
        if (p < depth) store_first(out + r * stride + p, load_first(a + r * lda + p, depth - p), depth - p);
    }
}

}  // namespace adjoint::ADJOINT_ISA
