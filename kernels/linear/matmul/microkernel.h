// The innermost block of the matrix product: a tile of C held in registers while the depth k runs through.
//
// AVX-512: 14 rows × 2 vectors = 28 accumulators + 2 vectors of B + 1 broadcast element of A: 31 of 32 registers, and
// 28 fused multiply-adds for 16 loads, so the two FMA units never wait for the two load ports. AVX2 and plain x86-64
// have 16 registers: 6 rows × 2 vectors.
#pragma once
#include "engine/cpu_vector.h"

namespace adjoint::ADJOINT_ISA {

#if defined(__AVX512F__)
constexpr int tile_rows = 14;
#define ADJOINT_VECTOR_REGISTER "+v"
#else
constexpr int tile_rows = 6;
#define ADJOINT_VECTOR_REGISTER "+x"
#endif
constexpr int a_panel = round_up(tile_rows, 8);          // elements per depth in a packed panel of A
template <class T> constexpr int tile_width = 2 * lanes<T>;  // columns of a tile, and of a packed panel of B

template <class T>
struct Tile {
    int64_t depth;
    const T* a;          // unpacked: row i at a + i·a_stride, the depth along the row; packed: element (i, p) at a[p·a_panel + i]
    int64_t a_stride;
    const T* b;          // depth p at b + p·b_stride
    int64_t b_stride;
    T* c;
    int64_t ldc;
    int64_t columns;     // of C that exist: fewer than the tile's only at the right edge
    bool accumulate;
    const char* ahead;   // memory that is needed soon: one cache line of it is fetched into L2 per 4 steps of depth
    int64_t ahead_step;  // bytes
};

// C (+)= A B for one tile of `rows` × `vectors`·lanes.
template <class T, int rows, int vectors, bool packed_a>
__attribute__((noinline)) void tile_product(const Tile<T>& t) {
    using V = Vector<T>;
    V c[rows][vectors];
    T* const out = t.c;
    const int64_t ldc = t.ldc;
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
        for (int j = 0; j < vectors; j++) {
            c[i][j] = V{};
            __builtin_prefetch(out + i * ldc + j * lanes<T>, 1, 3);
        }

    // Unpacked rows are reached through one pointer per 3 rows: p, p + s, p + 2s are addresses an instruction can form.
    constexpr int pointers = (rows + 2) / 3;
    const int64_t s = t.a_stride * int64_t(sizeof(T)), b_step = t.b_stride * int64_t(sizeof(T));
    const char* a[pointers];
#pragma GCC unroll 5
    for (int q = 0; q < pointers; q++) a[q] = reinterpret_cast<const char*>(t.a) + (packed_a ? 0 : 3 * q * s);
    const char* b = reinterpret_cast<const char*>(t.b);

    auto step = [&](int u) __attribute__((always_inline)) {
        V row[vectors];
#pragma GCC unroll 2
        for (int j = 0; j < vectors; j++) row[j] = load(reinterpret_cast<const T*>(b) + j * lanes<T>);
        b += b_step;
        asm("" : "+r"(b));
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++) {
            const char* at = packed_a ? a[0] + (u * a_panel + i) * sizeof(T) : a[i / 3] + (i % 3) * s + u * sizeof(T);
            V x = splat(*reinterpret_cast<const T*>(at));
            // Keeps the broadcast in a register: as a memory operand it would be loaded again for every vector.
            asm("" : ADJOINT_VECTOR_REGISTER(x));
#pragma GCC unroll 2
            for (int j = 0; j < vectors; j++) c[i][j] = fma<T>(x, row[j], c[i][j]);
        }
    };
    const char* ahead = t.ahead;
    const int64_t ahead_step = t.ahead_step;
    int64_t left = t.depth;
    for (; left >= 4; left -= 4) {
        __builtin_prefetch(ahead, 0, 2);
        ahead += ahead_step;
        // Stops the compiler from keeping a pointer for each row.
#pragma GCC unroll 5
        for (int q = 0; q < pointers; q++) asm("" : "+r"(a[q]));
#pragma GCC unroll 4
        for (int u = 0; u < 4; u++) step(u);
#pragma GCC unroll 5
        for (int q = 0; q < pointers; q++) a[q] += (packed_a ? 4 * a_panel : 4) * sizeof(T);
    }
    for (; left > 0; left--) {
        step(0);
#pragma GCC unroll 5
        for (int q = 0; q < pointers; q++) a[q] += (packed_a ? a_panel : 1) * sizeof(T);
    }

    const bool whole = t.columns == vectors * lanes<T>;
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
        for (int j = 0; j < vectors; j++) {
            T* p = out + i * ldc + j * lanes<T>;
            int64_t here = t.columns - j * lanes<T>;
            if (whole) {
                store(p, t.accumulate ? V(load(p) + c[i][j]) : c[i][j]);
            } else if (here > 0) {
                store_first(p, t.accumulate ? V(load_first(p, here) + c[i][j]) : c[i][j], here);
            }
        }
}

template <class T> using TileProduct = void (*)(const Tile<T>&);

// The kernel for a tile of `rows` (1 to tile_rows) and the fewest vectors that hold `columns`.
template <class T, bool packed_a, int vectors, int rows = tile_rows>
ADJOINT_INLINE TileProduct<T> tile_product_of(int wanted) {
    TileProduct<T> found = tile_product<T, rows, vectors, packed_a>;
    if constexpr (rows > 1)
        if (wanted != rows) return tile_product_of<T, packed_a, vectors, rows - 1>(wanted);
    return found;
}
template <class T, bool packed_a>
ADJOINT_INLINE void run_tile(int rows, const Tile<T>& t) {
    (t.columns > lanes<T> ? tile_product_of<T, packed_a, 2>(rows) : tile_product_of<T, packed_a, 1>(rows))(t);
}

}  // namespace adjoint::ADJOINT_ISA
