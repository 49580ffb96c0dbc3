// The CPU kernel of a pointwise operation, for CPU passes. Bound by memory for most rules: every input element is read
// once, every output written once; in parallel over chunks of the output.
#pragma once
#include "engine/parallel.h"
#include "kernels/pointwise/broadcast.h"
#include "kernels/pointwise/stream.h"

namespace adjoint::ADJOINT_ISA {
namespace {

// Rules with `static constexpr bool in_vectors = true` are given vectors of float: their functions have a form that the
// compiler does not find by itself.
template <class Rule, class T>
constexpr bool takes_vectors = false;
template <class Rule>
    requires(Rule::in_vectors)
constexpr bool takes_vectors<Rule, float> = true;

// y[0…n) from inputs that advance (bit k of Mask set) or stay.
template <class T, int N, int Mask, class Rule>
inline void pointwise_row(const Rule& shared_rule, T* __restrict__ y, const T* const* x, int64_t n) {
    const Rule rule = shared_rule;  // its settings in registers: for all the compiler knows, y overwrites the other
    const T* x0 = x[0];
    if constexpr (takes_vectors<Rule, T>) {
        static_assert(N == 1);
        for_vectors<T>(n, [&](int64_t i, auto count) __attribute__((always_inline)) {
            store_some(y + i, rule(Mask ? load_some(x0 + i, count) : splat(*x0)), count);
        });
        return;
    }
    const T* x1 = N > 1 ? x[1] : x[0];
    const T* x2 = N > 2 ? x[2] : x[0];
    auto at = [&](int64_t i, const auto& f) __attribute__((always_inline)) {
        const T a = x0[Mask & 1 ? i : 0];
        if constexpr (N == 1) return f(a);
        if constexpr (N == 2) return f(a, x1[Mask & 2 ? i : 0]);
        if constexpr (N == 3) return f(a, x1[Mask & 2 ? i : 0], x2[Mask & 4 ? i : 0]);
    };
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) y[i] = at(i, rule);

    if constexpr (requires { &Rule::template exact<T>; }) {
        auto outside = [&](auto... a) __attribute__((always_inline)) { return rule.outside(a...); };
        auto exact = [&](auto... a) { return rule.exact(a...); };
        int any = 0;
        for (int64_t i = 0; i < n; ++i) any |= at(i, outside);
        if (__builtin_expect(any, 0))
            for (int64_t i = 0; i < n; ++i)
                if (at(i, outside)) y[i] = at(i, exact);
    }
}

// The same past the caches: results are streamed to y, block by block; meanwhile the inputs that come `ahead` numbers
// later are fetched, for the processor does not look ahead across pages (exp: 44 GB/s without, 65 with).
template <class T, int N, int Mask, class Rule>
inline void pointwise_row_streamed(const Rule& rule, T* y, const T* const* x, int64_t n) {
    constexpr int64_t block = 128, ahead = 1024;
    alignas(vector_bytes) T results[block];
    const int64_t unaligned = int64_t(-reinterpret_cast<uintptr_t>(y) % vector_bytes / sizeof(T));
    for (int64_t i = 0; i < n;) {
        const int64_t wanted = i == 0 && unaligned ? unaligned : block, m = n - i < wanted ? n - i : wanted;
        const T* at[N];
        for (int k = 0; k < N; ++k) {
            at[k] = x[k] + (Mask >> k & 1 ? i : 0);
            if (Mask >> k & 1)
                for (int64_t j = 0; j < block; j += 64 / int64_t(sizeof(T))) __builtin_prefetch(at[k] + j + ahead, 0, 3);
        }
        if (m < block) {
            pointwise_row<T, N, Mask>(rule, y + i, at, m);
        } else if constexpr (takes_vectors<Rule, T>) {
            for (int64_t j = 0; j < block; j += lanes<T>) stream(y + i + j, rule(Mask ? load(at[0] + j) : splat(*at[0])));
        } else {
            pointwise_row<T, N, Mask>(rule, results, at, block);
            for (int64_t j = 0; j < block; j += lanes<T>) stream(y + i + j, load(results + j));
        }
        i += m;
    }
}

template <class T, int N, class Rule, int Mask = 0>
inline void pointwise_dispatch(int mask, bool streamed, const Rule& rule, T* y, const T* const* x, int64_t n) {
    if (mask == Mask) {
        if (streamed)
            pointwise_row_streamed<T, N, Mask>(rule, y, x, n);
        else
            pointwise_row<T, N, Mask>(rule, y, x, n);
    } else if constexpr (Mask + 1 < (1 << N)) {
        pointwise_dispatch<T, N, Rule, Mask + 1>(mask, streamed, rule, y, x, n);
    }
}

// Bit k: input k advances along the last axis. Without a loop: g++ 12 loses the counter of one here under the address
// sanitizer.
template <int N>
ADJOINT_INLINE int advancing(const Broadcast<N>& b) {
    const int last = b.rank - 1;
    int mask = b.stride[0][last] ? 1 : 0;
    if constexpr (N > 1) mask |= b.stride[1][last] ? 2 : 0;
    if constexpr (N > 2) mask |= b.stride[2][last] ? 4 : 0;
    return mask;
}

template <class T, class Rule, int N>
void pointwise_kernel(const KernelArguments& a) {
    const Rule rule(a);
    const Broadcast<N> b = plan_broadcast<N>(a.inputs, a.outputs[0]);
    const int last = b.rank - 1;
    const int64_t row = b.size[last];
    const int mask = advancing(b);
    T* y = a.out<T>(0);
    int64_t elements = b.total;
    for (int k = 0; k < N; ++k) elements += a.in_view(k).size;
    const bool streamed = row >= 4096 && beyond_caches(elements * int64_t(sizeof(T)));
    constexpr int64_t grain = 16384;  // elements: a few microseconds of work, well inside the second cache
    parallel_for(b.total, grain, [&](int64_t begin, int64_t end) __attribute__((always_inline)) {
        while (begin < end) {
            const int64_t within = begin % row;
            const int64_t n = row - within < end - begin ? row - within : end - begin;
            const T* x[N];
            for (int k = 0; k < N; ++k) x[k] = a.in<T>(k) + input_offset(b, k, begin);
            pointwise_dispatch<T, N>(mask, streamed, rule, y + begin, x, n);
            begin += n;
        }
        if (streamed) stream_end();
    });
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
