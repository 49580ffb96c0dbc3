// Half and bfloat16: stored in 16 bits, computed in float, rounded to nearest even.
#pragma once
#include "engine/emulator/language.h"

namespace adjoint::emulator::detail {
inline uint16_t f2h(float f) {  // round to nearest even
    uint32_t x = std::bit_cast<uint32_t>(f), s = x >> 16 & 0x8000u;
    x &= 0x7fffffffu;
    if (x >= 0x7f800000u) return uint16_t(s | 0x7c00u | (x > 0x7f800000u ? 0x200u : 0u));
    if (x >= 0x477ff000u) return uint16_t(s | 0x7c00u);
    if (x < 0x38800000u) {  // subnormal: let the FPU round
        const float t = std::bit_cast<float>(x) + 0.5f;
        return uint16_t(s | (std::bit_cast<uint32_t>(t) - 0x3f000000u));
    }
    x += 0xc8000fffu + (x >> 13 & 1u);
    return uint16_t(s | x >> 13);
}
inline float h2f(uint16_t h) {
    const uint32_t s = uint32_t(h & 0x8000u) << 16, e = h >> 10 & 31u, m = h & 0x3ffu;
    if (e == 0) {
        const float f = float(m) * 0x1p-24f;
        return s ? -f : f;
    }
    if (e == 31) return std::bit_cast<float>(s | 0x7f800000u | m << 13);
    return std::bit_cast<float>(s | (e + 112) << 23 | m << 13);
}
inline uint16_t f2b(float f) {
    uint32_t x = std::bit_cast<uint32_t>(f);
    if ((x & 0x7fffffffu) > 0x7f800000u) return uint16_t(0x7fff);
    return uint16_t((x + 0x7fffu + (x >> 16 & 1u)) >> 16);
}
inline float b2f(uint16_t b) { return std::bit_cast<float>(uint32_t(b) << 16); }
}  // namespace adjoint::emulator::detail
#define EMULATOR_HALF(TYPE, TO, FROM)                                            \
    struct __attribute__((may_alias)) TYPE {                                     \
        uint16_t bits;                                                           \
        TYPE() = default;                                                        \
        TYPE(float f) : bits(adjoint::emulator::detail::TO(f)) {}                \
        operator float() const { return adjoint::emulator::detail::FROM(bits); } \
    };                                                                           \
    struct __attribute__((may_alias, aligned(4))) TYPE##2 {                      \
        TYPE x, y;                                                               \
    };
EMULATOR_HALF(__half, f2h, h2f)
EMULATOR_HALF(__nv_bfloat16, f2b, b2f)
#undef EMULATOR_HALF
using half = __half;
using half2 = __half2;
inline __half __float2half(float f) { return __half(f); }
inline __half __float2half_rn(float f) { return __half(f); }
inline float __half2float(__half h) { return float(h); }
inline __half2 __floats2half2_rn(float a, float b) { return {__half(a), __half(b)}; }
inline float2 __half22float2(__half2 h) { return {float(h.x), float(h.y)}; }
inline __nv_bfloat16 __float2bfloat16(float f) { return __nv_bfloat16(f); }
inline float __bfloat162float(__nv_bfloat16 h) { return float(h); }
