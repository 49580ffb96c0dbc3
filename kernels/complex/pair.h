// A complex number in kernels, for any scalar type: float, double or dual numbers. For every pass.
#pragma once
#include "engine/portable.h"

namespace adjoint {
namespace {

template <class S>
struct Pair {
    S re, im;
};

template <class S>
ADJOINT_BOTH ADJOINT_INLINE Pair<S> operator+(Pair<S> a, Pair<S> b) {
    return {a.re + b.re, a.im + b.im};
}
template <class S>
ADJOINT_BOTH ADJOINT_INLINE Pair<S> operator-(Pair<S> a, Pair<S> b) {
    return {a.re - b.re, a.im - b.im};
}
template <class S>
ADJOINT_BOTH ADJOINT_INLINE Pair<S> operator*(Pair<S> a, Pair<S> b) {
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
template <class S>
ADJOINT_BOTH ADJOINT_INLINE Pair<S> operator*(S r, Pair<S> z) {
    return {r * z.re, r * z.im};
}
template <class S>
ADJOINT_BOTH ADJOINT_INLINE Pair<S> conjugate(Pair<S> a) {
    return {a.re, -a.im};
}
// conj(a) b
template <class S>
ADJOINT_BOTH ADJOINT_INLINE Pair<S> conjugate_times(Pair<S> a, Pair<S> b) {
    return {a.re * b.re + a.im * b.im, a.re * b.im - a.im * b.re};
}

// Number i of an array of complex numbers, which lie as re, im, re, im, …
template <class S>
ADJOINT_BOTH ADJOINT_INLINE Pair<S> pair_at(const S* x, int64_t i) {
    return {x[2 * i], x[2 * i + 1]};
}
template <class S>
ADJOINT_BOTH ADJOINT_INLINE void put_pair(S* y, int64_t i, Pair<S> z) {
    y[2 * i] = z.re;
    y[2 * i + 1] = z.im;
}

}  // namespace
}  // namespace adjoint
