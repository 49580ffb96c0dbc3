// Reductions on the GPU: outer × reduced × inner → outer × inner, in one or two stages, without atomics: the same bits
// on every run and every card, because the cutting depends on the shape alone.
//
// A block of 256 threads takes a tile of `columns` neighbouring columns and a slab of rows; a warp reads neighbouring
// numbers. Each thread runs down its column, four independent loads at a time; then lanes of a warp meet by shuffles
// and the warps in shared memory. Where blocks would be few, rows are cut into up to 1024 slabs, and a second launch
// merges their results in order. Short runs (inner = 1, up to 1024 rows) go to a warp or part of one each. Bytes: the
// input once, and for slabs at most 1/64 of it; flops: one step per number. Bound by memory.
#pragma once
#include "engine/gpu.h"
#include "kernels/gpu_scratch.h"
#include "kernels/reduction/axes.h"
#include "kernels/reduction/rules.h"

namespace adjoint::gpu {
namespace {

constexpr int reduction_block = 256;

struct TilePlan {
    ReductionSizes n;
    int columns;           // of a tile: a power of two, 1 to 256; the other 256 / columns threads are rows
    int64_t tiles;         // per outer index
    int64_t slab, slabs;   // rows
};

inline TilePlan plan_tiles(const ReductionSizes& n) {
    TilePlan p{n, 1, 1, n.reduced, 1};
    // Wide tiles for short columns, where many rows of threads would stand idle.
    const int widest = n.reduced < 64 ? 256 : 32;
    while (p.columns < widest && p.columns < n.inner) p.columns *= 2;
    p.tiles = (n.inner + p.columns - 1) / p.columns;
    const int64_t rows = reduction_block / p.columns, blocks = n.outer * p.tiles;
    if (blocks < 1024 && n.reduced > 64 * rows) {
        const int64_t wanted = 1024 / blocks < n.reduced / (64 * rows) ? 1024 / blocks : n.reduced / (64 * rows);
        p.slab = (n.reduced + wanted - 1) / wanted;
        p.slabs = (n.reduced + p.slab - 1) / p.slab;
    }
    return p;
}

// One thread's column from row `begin` to `end`, every `by`-th row. The first stage takes numbers, the second merges.
template <class Rule, class R, class In, class C>
__device__ R run_down(const In* x, int64_t begin, int64_t end, int64_t by, int64_t inner, C centre) {
    R s = Rule::start();
    int64_t r = begin;
    if constexpr (!Rule::merging)
        for (; r + 3 * by < end; r += 4 * by) {
            const In x0 = x[r * inner], x1 = x[(r + by) * inner], x2 = x[(r + 2 * by) * inner],
                     x3 = x[(r + 3 * by) * inner];
            s = Rule::template step<In>(s, x0, centre, r);
            s = Rule::template step<In>(s, x1, centre, r + by);
            s = Rule::template step<In>(s, x2, centre, r + 2 * by);
            s = Rule::template step<In>(s, x3, centre, r + 3 * by);
        }
    for (; r < end; r += by) s = Rule::template step<In>(s, x[r * inner], centre, r);
    return s;
}

// As a rule of its own: numbers of the first stage, running results of the second.
template <class Rule>
struct Stepping : Rule {
    static constexpr bool merging = false;
};
template <class Rule>
struct Merging : Rule {
    static constexpr bool merging = true;
    template <class R, class C>
    ADJOINT_BOTH ADJOINT_INLINE static R step(R s, R t, C, int64_t) { return Rule::merge(s, t); }
};

template <class Rule, class R, class In, class C, class Out, bool finishing>
__global__ void reduce_tiles(TilePlan p, const In* x, const C* centre, Out* y) {
    GPU_SHARED(partial, R[reduction_block]);
    const int t = int(threadIdx.x), tx = t % p.columns, ty = t / p.columns, rows = reduction_block / p.columns;
    int64_t b = blockIdx.x;
    const int64_t tile = b % p.tiles, slab = b / p.tiles % p.slabs, o = b / p.tiles / p.slabs;
    const int64_t column = tile * p.columns + tx, output = o * p.n.inner + column;
    const bool inside = column < p.n.inner;
    R s = Rule::start();
    if (inside) {
        const int64_t begin = slab * p.slab, last = begin + p.slab, end = last < p.n.reduced ? last : p.n.reduced;
        s = run_down<Rule, R>(x + o * p.n.reduced * p.n.inner + column, begin + ty, end, rows, p.n.inner,
                              centre ? centre[output] : C(0));
    }
    // Rows within a warp, then the warps (or, for wide tiles, the rows of threads) in their order.
    for (int offset = 16; offset >= p.columns; offset /= 2)
        s = Rule::merge(s, __shfl_down_sync(0xffffffffu, s, unsigned(offset)));
    const int width = p.columns < 32 ? p.columns : 32, groups = p.columns < 32 ? 8 : rows;
    const bool keeps = p.columns >= 32 || t % 32 < width;
    const int group = p.columns < 32 ? t / 32 : ty, place = p.columns < 32 ? t % 32 : tx;
    if (keeps) partial[group * p.columns + place] = s;
    __syncthreads();
    if (t >= p.columns || !inside) return;
    s = partial[t];
    for (int g = 1; g < groups; ++g) s = Rule::merge(s, partial[g * p.columns + t]);
    if constexpr (finishing)
        y[output] = Rule::template finish<Out>(s);
    else
        y[(o * p.slabs + slab) * p.n.inner + column] = s;
}

// inner = 1 and short runs: `lanes` (a power of two up to 32) neighbouring threads per run.
template <class Rule, class R, class In, class C, class Out>
__global__ void reduce_short_runs(ReductionSizes n, int lanes, const In* x, const C* centre, Out* y) {
    const int64_t thread = int64_t(blockIdx.x) * reduction_block + threadIdx.x, o = thread / lanes;
    const bool inside = o < n.outer;
    R s = Rule::start();
    if (inside)
        s = run_down<Rule, R>(x + o * n.reduced, thread % lanes, n.reduced, lanes, 1, centre ? centre[o] : C(0));
    for (int offset = lanes / 2; offset > 0; offset /= 2)
        s = Rule::merge(s, __shfl_down_sync(0xffffffffu, s, unsigned(offset)));
    if (inside && thread % lanes == 0) y[o] = Rule::template finish<Out>(s);
}

// y = the reduction of x by the rule, with a centre per output or null.
template <class Rule, class T, class C, class Out>
void reduce_into(const ReductionSizes& n, const T* x, const C* centre, Out* y, void* stream) {
    using R = typename Rule::template Running<T>;
    const int64_t outputs = n.outer * n.inner;
    if (outputs == 0) return;
    if (n.inner == 1 && n.reduced <= 1024 && n.outer >= 8) {
        int lanes = 32;
        while (lanes > 1 && lanes >= 2 * n.reduced) lanes /= 2;
        const int64_t threads = n.outer * lanes;
        launch(reduce_short_runs<Stepping<Rule>, R, T, C, Out>,
               dim3(unsigned((threads + reduction_block - 1) / reduction_block)), dim3(reduction_block), 0, stream, n,
               lanes, x, centre, y);
        return;
    }
    const TilePlan p = plan_tiles(n);
    const dim3 grid(unsigned(n.outer * p.slabs * p.tiles));
    if (p.slabs == 1) {
        launch(reduce_tiles<Stepping<Rule>, R, T, C, Out, true>, grid, dim3(reduction_block), 0, stream, p, x, centre,
               y);
        return;
    }
    GpuScratch<R> partial(n.outer * p.slabs * n.inner);
    launch(reduce_tiles<Stepping<Rule>, R, T, C, R, false>, grid, dim3(reduction_block), 0, stream, p, x, centre,
           partial.data());
    const TilePlan second{{n.outer, p.slabs, n.inner}, p.columns, p.tiles, p.slabs, 1};
    launch(reduce_tiles<Merging<Rule>, R, R, C, Out, true>, dim3(unsigned(n.outer * p.tiles)), dim3(reduction_block), 0,
           stream, second, static_cast<const R*>(partial.data()), static_cast<const C*>(nullptr), y);
}

template <class Rule, class T>
void reduce(const KernelArguments& a) {
    using R = typename Rule::template Running<T>;
    reduce_into<Rule, T, R, T>(reduction_sizes(a), a.in<T>(0), static_cast<const R*>(nullptr), a.out<T>(0), a.stream);
}

}  // namespace
}  // namespace adjoint::gpu
