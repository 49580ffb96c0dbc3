// Squares of numbers turned (transposed) in registers.
#pragma once
#include "engine/cpu_vector.h"

namespace adjoint::ADJOINT_ISA {
namespace {

template <int bytes>
struct LaneIndex;
template <>
struct LaneIndex<4> {
    typedef int32_t one;
};
template <>
struct LaneIndex<8> {
    typedef int64_t one;
};
template <class T>
using LaneIndices = typename VectorTypes<typename LaneIndex<sizeof(T)>::one>::whole;

// One step of the turn: swaps the off-diagonal halves of every 2s×2s square on the diagonal's blocks.
template <class T, int s>
ADJOINT_INLINE void turn_step(Vector<T>* v) {
    constexpr int L = lanes<T>;
    LaneIndices<T> upper, lower;
    for (int l = 0; l < L; ++l) {
        upper[l] = l & s ? L + (l ^ s) : l;
        lower[l] = l & s ? L + l : l ^ s;
    }
#pragma GCC unroll 16
    for (int i = 0; i < L; ++i)
        if (!(i & s)) {
            const Vector<T> a = v[i], b = v[i + s];
            v[i] = __builtin_shuffle(a, b, upper);
            v[i + s] = __builtin_shuffle(a, b, lower);
        }
}

// v[i][j] ↔ v[j][i] for a square of `lanes` vectors.
template <class T, int s = lanes<T> / 2>
ADJOINT_INLINE void turn_square(Vector<T>* v) {
    turn_step<T, s>(v);
    if constexpr (s > 1) turn_square<T, s / 2>(v);
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
