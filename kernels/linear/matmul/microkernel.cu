// The microkernels: see microkernel.h. One function for each height of a tile, one or two vectors of columns, and either
// order of A.
#if ADJOINT_CPU
#include "kernels/linear/matmul/microkernel.h"

namespace adjoint::ADJOINT_ISA {
namespace {

#if defined(__AVX512F__)
#define ADJOINT_VECTOR_REGISTER "+v"
#else
#define ADJOINT_VECTOR_REGISTER "+x"
#endif

template <class T, int rows, int vectors, bool turned_a>
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

    // Rows are reached through one pointer per 3 rows: p, p + s, p + 2s are addresses an instruction can form.
    constexpr int pointers = (rows + 2) / 3;
    const int64_t s = t.a_stride * int64_t(sizeof(T)), b_step = t.b_stride * int64_t(sizeof(T));
    const char* a[pointers];
#pragma GCC unroll 5
    for (int q = 0; q < pointers; q++) a[q] = reinterpret_cast<const char*>(t.a) + (turned_a ? 0 : 3 * q * s);
    const char* b = reinterpret_cast<const char*>(t.b);

    auto step = [&](int u) __attribute__((always_inline)) {
        V row[vectors];
#pragma GCC unroll 2
        for (int j = 0; j < vectors; j++) row[j] = load(reinterpret_cast<const T*>(b) + j * lanes<T>);
        b += b_step;
        asm("" : "+r"(b));
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++) {
            const char* at = turned_a ? a[0] + i * sizeof(T) : a[i / 3] + (i % 3) * s + u * sizeof(T);
            V x = splat(*reinterpret_cast<const T*>(at));
            // Keeps the broadcast in a register: as a memory operand it would be loaded again for every vector.
            asm("" : ADJOINT_VECTOR_REGISTER(x));
#pragma GCC unroll 2
            for (int j = 0; j < vectors; j++) c[i][j] = fma<T>(x, row[j], c[i][j]);
        }
        if (turned_a) {
            a[0] += s;
            asm("" : "+r"(a[0]));
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
        for (int q = 0; q < pointers && !turned_a; q++) asm("" : "+r"(a[q]));
#pragma GCC unroll 4
        for (int u = 0; u < 4; u++) step(u);
#pragma GCC unroll 5
        for (int q = 0; q < pointers && !turned_a; q++) a[q] += 4 * sizeof(T);
    }
    for (; left > 0; left--) {
        step(0);
#pragma GCC unroll 5
        for (int q = 0; q < pointers && !turned_a; q++) a[q] += sizeof(T);
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

template <class T, bool turned_a, int vectors, int rows = tile_rows>
ADJOINT_INLINE TileProduct<T> tile_product_of(int wanted) {
    if constexpr (rows > 1)
        if (wanted != rows) return tile_product_of<T, turned_a, vectors, rows - 1>(wanted);
    return tile_product<T, rows, vectors, turned_a>;
}
template <class T>
ADJOINT_INLINE void run(int rows, bool turned_a, const Tile<T>& t) {
    const bool wide = t.columns > lanes<T>;
    (turned_a ? (wide ? tile_product_of<T, true, 2>(rows) : tile_product_of<T, true, 1>(rows))
              : (wide ? tile_product_of<T, false, 2>(rows) : tile_product_of<T, false, 1>(rows)))(t);
}

}  // namespace

void run_tile(int rows, bool turned_a, const Tile<float>& t) { run(rows, turned_a, t); }
void run_tile(int rows, bool turned_a, const Tile<double>& t) { run(rows, turned_a, t); }

}  // namespace adjoint::ADJOINT_ISA
#endif
