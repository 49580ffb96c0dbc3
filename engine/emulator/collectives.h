// Barriers, fences, shuffles, votes, matches and warp reductions. A warp collective is a meeting: the last lane to
// arrive computes the result for all of them.
#pragma once
#include "engine/emulator/emulator.h"

inline void __syncthreads(EMULATOR_SITE) { adjoint::emulator::sync_block(file_, line_); }
inline int __syncthreads_count(int p, EMULATOR_SITE) {
    return adjoint::emulator::sync_block_vote(adjoint::emulator::Vote::Count, p, file_, line_);
}
inline int __syncthreads_and(int p, EMULATOR_SITE) {
    return adjoint::emulator::sync_block_vote(adjoint::emulator::Vote::And, p, file_, line_);
}
inline int __syncthreads_or(int p, EMULATOR_SITE) {
    return adjoint::emulator::sync_block_vote(adjoint::emulator::Vote::Or, p, file_, line_);
}
inline void __threadfence() { adjoint::emulator::fence(); }
inline void __threadfence_block() { adjoint::emulator::fence(); }
inline void __threadfence_system() { adjoint::emulator::fence(); }
inline void __nanosleep(unsigned) { adjoint::emulator::preempt(); }
[[noreturn]] inline void __trap() { adjoint::emulator::fail("__trap()"); }
inline uint32_t __activemask() { return adjoint::emulator::live_lanes(); }

inline void __syncwarp(uint32_t mask = 0xffffffffu, EMULATOR_SITE) {
    adjoint::emulator::warp_collective(
        mask, [](void* const*, uint32_t) {}, nullptr, true, file_, line_);
}

namespace adjoint::emulator::detail {
enum ShflKind { Idx, Up, Down, Xor };
template <class T>
struct ShflArg {
    T value;
    int arg;
    int width;
};
template <class T, ShflKind K>
EMULATOR_GLUE void shfl_fn(void* const args[32], uint32_t active) {
    T in[32];
    for (int l = 0; l < 32; ++l)
        if (active >> l & 1) in[l] = static_cast<ShflArg<T>*>(args[l])->value;
    for (int l = 0; l < 32; ++l) {
        if (!(active >> l & 1)) continue;
        auto* a = static_cast<ShflArg<T>*>(args[l]);
        const int w = a->width, base = l & ~(w - 1), sub = l & (w - 1);
        int src = l;
        if constexpr (K == Idx) src = base + (a->arg & (w - 1));
        if constexpr (K == Up) src = sub - a->arg < 0 ? l : l - a->arg;
        if constexpr (K == Down) src = sub + a->arg >= w ? l : l + a->arg;
        if constexpr (K == Xor) {
            src = l ^ a->arg;
            if (src >= base + w) src = l;
        }
        if (active >> src & 1)
            a->value = in[src];
        else
            __builtin_memset(&a->value, 0xff, sizeof(T));  // undefined on the GPU: poison
    }
}
template <ShflKind K, class T>
EMULATOR_GLUE T shfl(uint32_t mask, T v, int arg, int width, const char* f, int l) {
    static_assert(std::is_trivially_copyable_v<T> && (sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8),
                  "__shfl_sync takes 16, 32 and 64-bit types");
    ShflArg<T> a{v, arg, width};
    warp_collective(mask, shfl_fn<T, K>, &a, false, f, l);
    return a.value;
}
struct VoteArg {
    uint64_t v;
    uint64_t r;
};
template <int K>
EMULATOR_GLUE void vote_fn(void* const args[32], uint32_t active) {
    uint32_t ballot = 0;
    for (int l = 0; l < 32; ++l)
        if ((active >> l & 1) && static_cast<VoteArg*>(args[l])->v) ballot |= 1u << l;
    for (int l = 0; l < 32; ++l)
        if (active >> l & 1)
            static_cast<VoteArg*>(args[l])->r = K == 0 ? ballot : K == 1 ? ballot != 0 : ballot == active;
}
EMULATOR_GLUE inline void match_any_fn(void* const args[32], uint32_t active) {
    for (int l = 0; l < 32; ++l) {
        if (!(active >> l & 1)) continue;
        auto* a = static_cast<VoteArg*>(args[l]);
        a->r = 0;
        for (int m = 0; m < 32; ++m)
            if ((active >> m & 1) && static_cast<VoteArg*>(args[m])->v == a->v) a->r |= 1u << m;
    }
}
enum RedKind { Add, Min, Max, And, Or, XorR };
template <class T, RedKind K>
EMULATOR_GLUE void red_fn(void* const args[32], uint32_t active) {
    bool first = true;
    T acc{};
    for (int l = 0; l < 32; ++l) {
        if (!(active >> l & 1)) continue;
        const T v = *static_cast<T*>(args[l]);
        if (first)
            acc = v;
        else if constexpr (K == Add)
            acc += v;
        else if constexpr (K == Min)
            acc = std::min(acc, v);
        else if constexpr (K == Max)
            acc = std::max(acc, v);
        else if constexpr (K == And)
            acc &= v;
        else if constexpr (K == Or)
            acc |= v;
        else
            acc ^= v;
        first = false;
    }
    for (int l = 0; l < 32; ++l)
        if (active >> l & 1) *static_cast<T*>(args[l]) = acc;
}
template <class T, RedKind K>
EMULATOR_GLUE T reduce(uint32_t mask, T v, const char* f, int l) {
    warp_collective(mask, red_fn<T, K>, &v, false, f, l);
    return v;
}
EMULATOR_GLUE inline uint64_t vote(uint32_t mask, WarpFn fn, uint64_t v, const char* f, int l) {
    VoteArg a{v, 0};
    warp_collective(mask, fn, &a, false, f, l);
    return a.r;
}
}  // namespace adjoint::emulator::detail

template <class T>
T __shfl_sync(uint32_t m, T v, int src, int width = 32, EMULATOR_SITE) {
    return adjoint::emulator::detail::shfl<adjoint::emulator::detail::Idx>(m, v, src, width, file_, line_);
}
template <class T>
T __shfl_up_sync(uint32_t m, T v, unsigned d, int width = 32, EMULATOR_SITE) {
    return adjoint::emulator::detail::shfl<adjoint::emulator::detail::Up>(m, v, int(d), width, file_, line_);
}
template <class T>
T __shfl_down_sync(uint32_t m, T v, unsigned d, int width = 32, EMULATOR_SITE) {
    return adjoint::emulator::detail::shfl<adjoint::emulator::detail::Down>(m, v, int(d), width, file_, line_);
}
template <class T>
T __shfl_xor_sync(uint32_t m, T v, int x, int width = 32, EMULATOR_SITE) {
    return adjoint::emulator::detail::shfl<adjoint::emulator::detail::Xor>(m, v, x, width, file_, line_);
}
inline uint32_t __ballot_sync(uint32_t m, int p, EMULATOR_SITE) {
    return uint32_t(adjoint::emulator::detail::vote(m, adjoint::emulator::detail::vote_fn<0>, p != 0, file_, line_));
}
inline int __any_sync(uint32_t m, int p, EMULATOR_SITE) {
    return int(adjoint::emulator::detail::vote(m, adjoint::emulator::detail::vote_fn<1>, p != 0, file_, line_));
}
inline int __all_sync(uint32_t m, int p, EMULATOR_SITE) {
    return int(adjoint::emulator::detail::vote(m, adjoint::emulator::detail::vote_fn<2>, p != 0, file_, line_));
}
template <class T>
uint32_t __match_any_sync(uint32_t m, T v, EMULATOR_SITE) {
    uint64_t u = 0;
    std::memcpy(&u, &v, sizeof v);
    return uint32_t(adjoint::emulator::detail::vote(m, adjoint::emulator::detail::match_any_fn, u, file_, line_));
}
#define EMULATOR_REDUCE(NAME, KIND)                                                                              \
    inline unsigned __reduce_##NAME##_sync(uint32_t m, unsigned v, EMULATOR_SITE) {                              \
        return adjoint::emulator::detail::reduce<unsigned, adjoint::emulator::detail::KIND>(m, v, file_, line_); \
    }                                                                                                            \
    inline int __reduce_##NAME##_sync(uint32_t m, int v, EMULATOR_SITE) {                                        \
        return adjoint::emulator::detail::reduce<int, adjoint::emulator::detail::KIND>(m, v, file_, line_);      \
    }
EMULATOR_REDUCE(add, Add)
EMULATOR_REDUCE(min, Min) EMULATOR_REDUCE(max, Max) EMULATOR_REDUCE(and, And) EMULATOR_REDUCE(or, Or)
    EMULATOR_REDUCE(xor, XorR)
#undef EMULATOR_REDUCE
