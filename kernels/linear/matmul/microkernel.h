// The innermost block of the matrix product: a tile of C held in registers while the depth k runs through.
//
// AVX-512: 14 rows × 2 vectors = 28 accumulators + 2 vectors of B + 1 broadcast element of A: 31 of 32 registers, and
// 28 fused multiply-adds for 16 loads, so the two FMA units never wait for the two load ports. AVX2 and plain x86-64
// have 16 registers: 6 rows × 2 vectors.
#pragma once
#include "engine/cpu_vector.h"

namespace adjoint::ADJOINT_ISA {

constexpr int tile_rows = vector_bytes == 64 ? 14 : 6;
constexpr int a_panel = round_up(tile_rows, 8);          // elements per depth in a packed panel of A
template <class T> constexpr int tile_width = 2 * lanes<T>;  // columns of a tile, and of a packed panel of B

template <class T>
struct Tile {
    int64_t depth;
    const T* a;          // element (i, p) of the tile's rows of A: a[i·a_stride + p], or a[p·a_stride + i] for turned_a
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

// C (+)= A B for a tile of `rows` (1 to tile_rows), with the fewest vectors that hold its columns; turned_a: see Tile::a.
void run_tile(int rows, bool turned_a, const Tile<float>&);
void run_tile(int rows, bool turned_a, const Tile<double>&);

}  // namespace adjoint::ADJOINT_ISA
