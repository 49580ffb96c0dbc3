// The CUDA language as C++: keywords, vector types, built-in variables. For compilers other than nvcc.
#pragma once
#if defined(__CUDACC__)
#error "the emulator is for compilers other than nvcc"
#endif
#ifndef EMULATOR_ARCH
#define EMULATOR_ARCH 900  // what GPU_ARCH_AT_LEAST() pretends to be
#endif
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// NB: no __noinline__ macro: libstdc++ writes __attribute__((__noinline__)).
#define __global__
#define __device__
#define __host__
#define __constant__
#define __managed__
#define __grid_constant__
#define __launch_bounds__(...)
#define __cluster_dims__(...)
#define __forceinline__ inline __attribute__((always_inline))
#define __align__(n) __attribute__((aligned(n)))
// Static shared memory: kernels write GPU_SHARED(name, float[16][17]) (gpu.h), which
// takes it from the block's arena below: poisoned, bounds-checked, race-checked.
// Raw __shared__ works only with -DEMULATOR_RAW_SHARED and gets none of the checks.
// (Putting `static` variables into an ELF section by attribute instead does not
// work for template kernels: g++ 12 drops the attribute there, clang 14 keeps it.)
#if defined(EMULATOR_RAW_SHARED)
#define __shared__ static
#endif

#if defined(__SANITIZE_THREAD__)
#define EMULATOR_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define EMULATOR_TSAN 1
#endif
#endif
#ifndef EMULATOR_TSAN
#define EMULATOR_TSAN 0
#endif
// Emulator glue that must be invisible to the race detector.
#define EMULATOR_GLUE __attribute__((no_sanitize("thread"), noinline))

#define EMULATOR_VECTOR(T, N, A)                                     \
    struct __attribute__((may_alias, aligned(sizeof(T)))) N##1 {     \
        T x;                                                         \
    };                                                               \
    struct __attribute__((may_alias, aligned(2 * sizeof(T)))) N##2 { \
        T x, y;                                                      \
    };                                                               \
    struct __attribute__((may_alias)) N##3 {                         \
        T x, y, z;                                                   \
    };                                                               \
    struct __attribute__((may_alias, aligned(A))) N##4 {             \
        T x, y, z, w;                                                \
    };                                                               \
    inline N##1 make_##N##1(T x) { return {x}; }                     \
    inline N##2 make_##N##2(T x, T y) { return {x, y}; }             \
    inline N##3 make_##N##3(T x, T y, T z) { return {x, y, z}; }     \
    inline N##4 make_##N##4(T x, T y, T z, T w) { return {x, y, z, w}; }
EMULATOR_VECTOR(signed char, char, 4)
EMULATOR_VECTOR(unsigned char, uchar, 4)
EMULATOR_VECTOR(short, short, 8)
EMULATOR_VECTOR(unsigned short, ushort, 8)
EMULATOR_VECTOR(int, int, 16)
EMULATOR_VECTOR(unsigned, uint, 16)
EMULATOR_VECTOR(long long, longlong, 16)
EMULATOR_VECTOR(unsigned long long, ulonglong, 16)
EMULATOR_VECTOR(float, float, 16)
EMULATOR_VECTOR(double, double, 16)
#undef EMULATOR_VECTOR
struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
    constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
};

// ---------------------------------------------------------------- built-in variables
extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
inline constexpr int warpSize = 32;
