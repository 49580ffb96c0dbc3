// Reductions on the CPU: outer × reduced × inner → outer × inner, at the pace of memory.
//
// Work is cut into items, by rules that look at the shape alone: an outer index, a strip of up to 2048 columns, and a
// slab of rows. Within an item, `group` rows stand side by side as independent lanes (inner = 1: 128 of them), so that
// a plain loop over lanes becomes vector code and no addition waits for the one before; the lanes are then halved, and
// halved again. Slabs are merged in their order. So neither the number of threads nor their timing can change a bit.
//
// Sums of n numbers of float64: a lane adds at most 512, then 7 halvings, then ⌈n / 65536⌉ slabs; to first order the
// error is at most (519 + n / 65536) · 1.1e-16 · Σ|x|.
#pragma once
#include "engine/cpu_vector.h"
#include "engine/parallel.h"
#include "engine/scratch.h"
#include "kernels/reduction/axes.h"
#include "kernels/reduction/rules.h"

namespace adjoint::ADJOINT_ISA {
namespace {

constexpr int64_t lane_count = 2048, group_lanes = 128, slab_numbers = 65536;

struct ReductionPlan {
    ReductionSizes n;
    int64_t strip, strips;  // columns
    int64_t slab, slabs;    // rows
    ADJOINT_INLINE int64_t items() const { return n.outer * strips * slabs; }
    ADJOINT_INLINE int64_t grain() const {
        return larger<int64_t>(
            1, slab_numbers / 2 / larger<int64_t>(1, smaller(slab, n.reduced) * smaller(strip, n.inner)));
    }
};

inline ReductionPlan plan_reduction(const ReductionSizes& n) {
    ReductionPlan p{n, smaller(larger<int64_t>(n.inner, 1), lane_count), 1, larger<int64_t>(n.reduced, 1), 1};
    p.strips = pieces(n.inner, p.strip);
    // Slabs where outer indices and strips are too few to keep many threads busy.
    if (n.outer * p.strips < 64) p.slab = larger<int64_t>(1, slab_numbers / p.strip);
    p.slabs = larger<int64_t>(1, pieces(n.reduced, p.slab));
    return p;
}

// One item's place.
struct Item {
    int64_t output;             // of its first column
    int64_t input;              // of its first row and column
    int64_t rows, columns, slab;
};
inline Item item_of(const ReductionPlan& p, int64_t k) {
    if (p.slabs == 1 && p.strips == 1) return {k * p.n.inner, k * p.n.reduced * p.n.inner, p.n.reduced, p.n.inner, 0};
    const int64_t slab = k % p.slabs, strip = k / p.slabs % p.strips, o = k / p.slabs / p.strips;
    const int64_t row = slab * p.slab, column = strip * p.strip;
    return {o * p.n.inner + column, (o * p.n.reduced + row) * p.n.inner + column, smaller(p.slab, p.n.reduced - row),
            smaller(p.strip, p.n.inner - column), slab};
}

// lane[l] takes x[l], x[step + l], x[2 step + l], x[3 step + l] for l < n: four streams from memory, and lanes that stay
// in registers for four steps. What lies at `next` is fetched meanwhile: the processor does not look ahead across pages,
// and would wait at each of them (measured: 39 GB/s without, 56 with).
template <class Rule, class T, class R, class CentreOf>
ADJOINT_INLINE void four_rows(const T* __restrict__ x, int64_t step, int64_t n, R* __restrict__ lane, const T* next,
                              const CentreOf& centre_of) {
    const T *x1 = x + step, *x2 = x1 + step, *x3 = x2 + step;
    for (int64_t l = 0; l < n; l += 64 / int64_t(sizeof(T)))
        for (int k = 0; k < 4; ++k) __builtin_prefetch(next + k * step + l, 0, 3);
#pragma GCC ivdep
    for (int64_t l = 0; l < n; ++l) {
        const auto c = centre_of(l);
        R s = lane[l];
        s = Rule::template step<T>(s, x[l], c, 0);
        s = Rule::template step<T>(s, x1[l], c, 0);
        s = Rule::template step<T>(s, x2[l], c, 0);
        lane[l] = Rule::template step<T>(s, x3[l], c, 0);
    }
}

// lane[l] takes x[r·step + l] for all r, in their order. centre_of(l) is lane l's centre.
template <class Rule, class T, class R, class CentreOf>
ADJOINT_INLINE void run_lanes(const T* __restrict__ x, int64_t rows, int64_t step, int64_t width, R* __restrict__ lane,
                              const CentreOf& centre_of) {
    constexpr int64_t piece = 1024 / int64_t(sizeof(T));
    int64_t r = 0;
    if (width <= piece)
        for (; r + 4 <= rows; r += 4, x += 4 * step) four_rows<Rule>(x, step, width, lane, x + 8 * step, centre_of);
    else
        for (; r + 4 <= rows; r += 4, x += 4 * step)
            for (int64_t l = 0; l < width; l += piece)
                four_rows<Rule>(x + l, step, smaller(piece, width - l), lane + l, x + l + 4 * step,
                                [&](int64_t i) __attribute__((always_inline)) { return centre_of(l + i); });
    for (; r < rows; ++r, x += step)
#pragma GCC ivdep
        for (int64_t l = 0; l < width; ++l) lane[l] = Rule::template step<T>(lane[l], x[l], centre_of(l), 0);
}

// result[c] of `rows` rows and `columns` columns, rows `inner` apart. centre: one per column, or null.
template <class Rule, class T, class R, class C>
void reduce_block(const T* x, int64_t rows, int64_t columns, int64_t inner, const C* centre, R* result) {
    // Rows side by side are one run of numbers only if they have no other columns between them.
    const int64_t group =
        columns == inner ? larger<int64_t>(1, smaller(rows, group_lanes / columns)) : 1;
    const int64_t width = group * columns, groups = rows / group, left = (rows - groups * group) * columns;
    R lane[lane_count];
    for (int64_t l = 0; l < width; ++l) lane[l] = Rule::start();
    const T* tail = x + groups * group * inner;
    if (!centre) {
        auto none = [](int64_t) __attribute__((always_inline)) { return C(0); };
        run_lanes<Rule>(x, groups, group * inner, width, lane, none);
        run_lanes<Rule>(tail, 1, 0, left, lane, none);
    } else if (columns == 1) {
        auto same = [c = *centre](int64_t) __attribute__((always_inline)) { return c; };
        run_lanes<Rule>(x, groups, group * inner, width, lane, same);
        run_lanes<Rule>(tail, 1, 0, left, lane, same);
    } else {
        C centres[lane_count];
        for (int64_t g = 0; g < group; ++g)
            for (int64_t c = 0; c < columns; ++c) centres[g * columns + c] = centre[c];
        auto own = [&centres](int64_t l) __attribute__((always_inline)) { return centres[l]; };
        run_lanes<Rule>(x, groups, group * inner, width, lane, own);
        run_lanes<Rule>(tail, 1, 0, left, lane, own);
    }
    for (int64_t g = group; g > 1;) {
        const int64_t half = (g + 1) / 2;
        for (int64_t l = 0; l < (g - half) * columns; ++l) lane[l] = Rule::merge(lane[l], lane[half * columns + l]);
        g = half;
    }
    for (int64_t c = 0; c < columns; ++c) result[c] = lane[c];
}

template <class Rule, class T>
void reduce(const KernelArguments& a) {
    using R = typename Rule::template Running<T>;
    const ReductionPlan p = plan_reduction(reduction_sizes(a));
    const T* x = a.in<T>(0);
    T* y = a.out<T>(0);
    const int64_t outputs = p.n.outer * p.n.inner;
    if (outputs == 0) return;
    if (p.n.inner == 1 && p.n.reduced < 64) {  // runs too short for lanes
        parallel_for(outputs, 1 + slab_numbers / 2 / (1 + p.n.reduced), [&](int64_t begin, int64_t end) {
            const T* run = x + begin * p.n.reduced;
            for (int64_t o = begin; o < end; ++o, run += p.n.reduced) {
                R s = Rule::start();
                for (int64_t r = 0; r < p.n.reduced; ++r) s = Rule::template step<T>(s, run[r], R(0), r);
                y[o] = Rule::template finish<T>(s);
            }
        });
        return;
    }
    Scratch<R> partial(size_t(p.slabs > 1 ? outputs * p.slabs : 0));
    R* part = partial.data();
    parallel_for(p.items(), p.grain(), [&](int64_t begin, int64_t end) {
        R result[lane_count];
        for (int64_t k = begin; k < end; ++k) {
            const Item i = item_of(p, k);
            R* to = p.slabs > 1 ? part + i.slab * outputs + i.output : result;
            reduce_block<Rule, T, R, R>(x + i.input, i.rows, i.columns, p.n.inner, nullptr, to);
            if (p.slabs == 1)
                for (int64_t c = 0; c < i.columns; ++c) y[i.output + c] = Rule::template finish<T>(result[c]);
        }
    });
    if (p.slabs == 1) return;
    parallel_for(outputs, 4096, [&](int64_t begin, int64_t end) {
        for (int64_t s = 1; s < p.slabs; ++s)
            for (int64_t k = begin; k < end; ++k) part[k] = Rule::merge(part[k], part[s * outputs + k]);
        for (int64_t k = begin; k < end; ++k) y[k] = Rule::template finish<T>(part[k]);
    });
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
