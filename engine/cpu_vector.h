// Vectors of float and double in the width of the CPU pass: 64 bytes (AVX-512), 32 (AVX2) or 16 (plain x86-64).
//
// Vector<T> is a GCC vector: + − × ÷, comparisons and ?: work lane by lane. Everything here is forced inline and lives in
// the pass's own namespace. Give vectors to non-inlined functions by reference only.
//
// fma(a, b, c) is the fused instruction with one rounding on AVX2 and AVX-512. Plain x86-64 has none: there it is a
// product and a sum with two roundings, so baseline results may differ from the others in the last bits.
#pragma once
#include <cstdint>
#include <cstring>

#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "engine/portable.h"

namespace adjoint::ADJOINT_ISA {

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
constexpr bool has_fma = true;
#elif defined(__AVX2__)
constexpr int vector_bytes = 32;
constexpr bool has_fma = true;
#else
constexpr int vector_bytes = 16;
constexpr bool has_fma = false;
#endif

template <class T>
struct VectorTypes {
    typedef T whole __attribute__((vector_size(vector_bytes)));
    typedef T anywhere __attribute__((vector_size(vector_bytes), aligned(alignof(T)), may_alias));
};
template <class T>
using Vector = typename VectorTypes<T>::whole;
template <class T>
constexpr int lanes = vector_bytes / int(sizeof(T));

// std::min and std::max are kept out of CPU passes: an unlucky copy of them could be linked into other code.
template <class A> ADJOINT_INLINE constexpr A smaller(A a, A b) { return b < a ? b : a; }
template <class A> ADJOINT_INLINE constexpr A larger(A a, A b) { return a < b ? b : a; }
ADJOINT_INLINE constexpr int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }
ADJOINT_INLINE constexpr int64_t pieces(int64_t n, int64_t of) { return (n + of - 1) / of; }

template <class T> ADJOINT_INLINE Vector<T> load(const T* p) {
    return *reinterpret_cast<const typename VectorTypes<T>::anywhere*>(p);
}
template <class T> ADJOINT_INLINE void store(T* p, const Vector<T>& v) {
    *reinterpret_cast<typename VectorTypes<T>::anywhere*>(p) = v;
}
// All lanes x. (x − 0 keeps every value, also −0, so the compiler makes it a mere broadcast.)
template <class T> ADJOINT_INLINE Vector<T> splat(T x) { return x - Vector<T>{}; }

// The first `count` lanes (0 to all of them); the others are 0 after a load and left alone by a store.
// Memory beyond `count` is not touched.
template <class T> ADJOINT_INLINE Vector<T> load_first(const T* p, int64_t count) {
    Vector<T> v{};
    for (int i = 0; i < lanes<T>; i++)
        if (i < count) v[i] = p[i];
    return v;
}
template <class T> ADJOINT_INLINE void store_first(T* p, const Vector<T>& v, int64_t count) {
    for (int i = 0; i < lanes<T>; i++)
        if (i < count) p[i] = v[i];
}

template <class T> ADJOINT_INLINE Vector<T> fma(const Vector<T>& a, const Vector<T>& b, const Vector<T>& c) {
    return a * b + c;
}

#if defined(__AVX512F__)
ADJOINT_INLINE __mmask16 first_of_16(int64_t count) { return count >= 16 ? 0xffff : __mmask16((1u << count) - 1); }
ADJOINT_INLINE __mmask8 first_of_8(int64_t count) { return count >= 8 ? 0xff : __mmask8((1u << count) - 1); }
template <> ADJOINT_INLINE Vector<float> load_first(const float* p, int64_t count) {
    return (Vector<float>)_mm512_maskz_loadu_ps(first_of_16(count), p);
}
template <> ADJOINT_INLINE Vector<double> load_first(const double* p, int64_t count) {
    return (Vector<double>)_mm512_maskz_loadu_pd(first_of_8(count), p);
}
template <> ADJOINT_INLINE void store_first(float* p, const Vector<float>& v, int64_t count) {
    _mm512_mask_storeu_ps(p, first_of_16(count), (__m512)v);
}
template <> ADJOINT_INLINE void store_first(double* p, const Vector<double>& v, int64_t count) {
    _mm512_mask_storeu_pd(p, first_of_8(count), (__m512d)v);
}
template <> ADJOINT_INLINE Vector<float> fma<float>(const Vector<float>& a, const Vector<float>& b, const Vector<float>& c) {
    return (Vector<float>)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
template <>
ADJOINT_INLINE Vector<double> fma<double>(const Vector<double>& a, const Vector<double>& b, const Vector<double>& c) {
    return (Vector<double>)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
#elif defined(__AVX2__)
ADJOINT_INLINE __m256i first_of_8(int64_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(int(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
ADJOINT_INLINE __m256i first_of_4(int64_t count) {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3));
}
template <> ADJOINT_INLINE Vector<float> load_first(const float* p, int64_t count) {
    return (Vector<float>)_mm256_maskload_ps(p, first_of_8(count));
}
template <> ADJOINT_INLINE Vector<double> load_first(const double* p, int64_t count) {
    return (Vector<double>)_mm256_maskload_pd(p, first_of_4(count));
}
template <> ADJOINT_INLINE void store_first(float* p, const Vector<float>& v, int64_t count) {
    _mm256_maskstore_ps(p, first_of_8(count), (__m256)v);
}
template <> ADJOINT_INLINE void store_first(double* p, const Vector<double>& v, int64_t count) {
    _mm256_maskstore_pd(p, first_of_4(count), (__m256d)v);
}
template <> ADJOINT_INLINE Vector<float> fma<float>(const Vector<float>& a, const Vector<float>& b, const Vector<float>& c) {
    return (Vector<float>)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
template <>
ADJOINT_INLINE Vector<double> fma<double>(const Vector<double>& a, const Vector<double>& b, const Vector<double>& c) {
    return (Vector<double>)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}
#endif

// Walks n numbers vector by vector: body(offset, count) with count a constant, lanes<T>, but for the last ones. In the body
// load_some and store_some are plain loads and stores, or masked ones at the end.
template <class T> struct AllLanes {
    ADJOINT_INLINE constexpr operator int64_t() const { return lanes<T>; }
};
template <class T, class Body> ADJOINT_INLINE void for_vectors(int64_t n, const Body& body) {
    int64_t x = 0;
    for (; x + lanes<T> <= n; x += lanes<T>) body(x, AllLanes<T>());
    if (x < n) body(x, n - x);
}
template <class T> ADJOINT_INLINE Vector<T> load_some(const T* p, AllLanes<T>) { return load(p); }
template <class T> ADJOINT_INLINE Vector<T> load_some(const T* p, int64_t count) { return load_first(p, count); }
template <class T> ADJOINT_INLINE void store_some(T* p, const Vector<T>& v, AllLanes<T>) { store(p, v); }
template <class T> ADJOINT_INLINE void store_some(T* p, const Vector<T>& v, int64_t count) { store_first(p, v, count); }

// v within [low, high]; NaN stays.
template <class T> ADJOINT_INLINE Vector<T> within(const Vector<T>& v, T low, T high) {
    Vector<T> w = v < low ? splat(low) : v;
    return w > high ? splat(high) : w;
}
// About 1 / v, to 1.5 units in the last place where the pass has an estimate to start from (exactly rounded elsewhere), for
// |v| well inside the normal range: four times as fast as a division.
template <class T> ADJOINT_INLINE Vector<T> reciprocal(const Vector<T>& v) { return T(1) / v; }
// v · 2^k for whole k, rounded once, into denormal numbers too. AVX-512 only.
#if defined(__AVX512F__)
template <> ADJOINT_INLINE Vector<float> within<float>(const Vector<float>& v, float low, float high) {
    // These instructions give their second operand where one is NaN.
    return (Vector<float>)_mm512_min_ps(_mm512_set1_ps(high), _mm512_max_ps(_mm512_set1_ps(low), (__m512)v));
}
template <> ADJOINT_INLINE Vector<float> reciprocal<float>(const Vector<float>& v) {
    __m512 r = _mm512_rcp14_ps((__m512)v), error = _mm512_fnmadd_ps((__m512)v, r, _mm512_set1_ps(1));
    return (Vector<float>)_mm512_fmadd_ps(error, r, r);
}
ADJOINT_INLINE Vector<float> times_power_of_two(const Vector<float>& v, const Vector<float>& k) {
    return (Vector<float>)_mm512_scalef_ps((__m512)v, (__m512)k);
}
#endif

// Is |v| > limit (or NaN) in any lane?
template <class T> ADJOINT_INLINE bool any_beyond(const Vector<T>& v, T limit) {
    for (int i = 0; i < lanes<T>; i++)
        if (!(v[i] <= limit && v[i] >= -limit)) return true;
    return false;
}
#if defined(__AVX512F__)
template <> ADJOINT_INLINE bool any_beyond(const Vector<float>& v, float limit) {
    return _mm512_cmp_ps_mask(_mm512_abs_ps((__m512)v), _mm512_set1_ps(limit), _CMP_NLE_UQ) != 0;
}
template <> ADJOINT_INLINE bool any_beyond(const Vector<double>& v, double limit) {
    return _mm512_cmp_pd_mask(_mm512_abs_pd((__m512d)v), _mm512_set1_pd(limit), _CMP_NLE_UQ) != 0;
}
#elif defined(__AVX2__)
template <> ADJOINT_INLINE bool any_beyond(const Vector<float>& v, float limit) {
    __m256 size = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), (__m256)v);
    return _mm256_movemask_ps(_mm256_cmp_ps(size, _mm256_set1_ps(limit), _CMP_NLE_UQ)) != 0;
}
template <> ADJOINT_INLINE bool any_beyond(const Vector<double>& v, double limit) {
    __m256d size = _mm256_andnot_pd(_mm256_set1_pd(-0.0), (__m256d)v);
    return _mm256_movemask_pd(_mm256_cmp_pd(size, _mm256_set1_pd(limit), _CMP_NLE_UQ)) != 0;
}
#endif

// The sum of all lanes, in a fixed tree: lane i and lane i + half, again and again.
template <class T, int n> ADJOINT_INLINE T sum_of(typename VectorTypes<T>::whole v) {
    if constexpr (n == 1) {
        return v[0];
    } else {
        typedef T half __attribute__((vector_size(n / 2 * sizeof(T))));
        half low, high;
        std::memcpy(&low, &v, sizeof low);
        std::memcpy(&high, reinterpret_cast<const char*>(&v) + sizeof low, sizeof high);
        low += high;
        std::memcpy(&v, &low, sizeof low);
        return sum_of<T, n / 2>(v);
    }
}
template <class T> ADJOINT_INLINE T sum(const Vector<T>& v) { return sum_of<T, lanes<T>>(v); }

}  // namespace adjoint::ADJOINT_ISA
