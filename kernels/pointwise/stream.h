// Results that go straight to memory, past the caches.
//
// An ordinary store first reads the line that it is about to overwrite. A large result is not found in the caches by
// its reader anyway, so that reading is a third (of one input and one output) of the traffic for nothing: streamed
// calls were measured 1.25 to 1.35 times faster from 32 MB per array on, and slower below 16 MB.
#pragma once
#include <cstdint>

namespace adjoint {

// Does a call that touches this many bytes stream its result? (kernels/pointwise/pointwise.cpp)
bool beyond_caches(int64_t bytes);
// For tests: another limit in bytes, at any time; the one before is returned. The results' bits do not depend on it.
int64_t set_streaming_limit(int64_t bytes);

}  // namespace adjoint

#if ADJOINT_CPU
#include <immintrin.h>

#include "engine/cpu_vector.h"
namespace adjoint::ADJOINT_ISA {

// `to` must be aligned to vector_bytes. Followed by stream_end() before anyone else may read.
template <class T>
ADJOINT_INLINE void stream(T* to, const Vector<T>& v) {
#if defined(__AVX512F__)
    _mm512_stream_si512(reinterpret_cast<__m512i*>(to), (__m512i)v);
#elif defined(__AVX2__)
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to), (__m256i)v);
#else
    _mm_stream_si128(reinterpret_cast<__m128i*>(to), (__m128i)v);
#endif
}
ADJOINT_INLINE void stream_end() { _mm_sfence(); }

}  // namespace adjoint::ADJOINT_ISA
#endif
