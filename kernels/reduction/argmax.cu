// argmax: the place of the largest number over neighbouring axes, outer × reduced × inner → outer × inner (int64),
// counted row-major over the reduced axes. The first of equal ones; a NaN counts as larger than all numbers, as in
// NumPy.
#include "kernels/reduction/reduce.h"

#if ADJOINT_HOST
#include "kernels/reduction/extremum.h"
namespace adjoint {

template <class S>
static void argmax_definition(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    for (int64_t o = 0; o < n.outer; ++o)
        for (int64_t i = 0; i < n.inner; ++i) {
            const S* x = a.in<S>(0) + o * n.reduced * n.inner + i;
            int64_t at = 0;
            for (int64_t r = 1; r < n.reduced; ++r) {
                const S v = x[r * n.inner], y = x[at * n.inner];
                if (y == y && (v > y || v != v)) at = r;
            }
            a.out<int64_t>(0)[o * n.inner + i] = at;
        }
}

static std::vector<TensorSpec> infer_argmax(const Signature& s) {
    auto y = infer_extremum(s);
    y[0].type = Type::int64;
    return y;
}

ADJOINT_DECLARE_KERNELS(argmax)

ADJOINT_OPERATION(argmax) {
    return {
        .name = "argmax",
        .equation = "y = argmax x",
        .kind = Kind::reduction,
        .infer = infer_argmax,
        .definition = ADJOINT_DEFINITION(argmax_definition),
        .cpu = ADJOINT_CPU_KERNELS(argmax),
        .gpu = ADJOINT_GPU_KERNELS(argmax),
        .not_differentiable = "a place is not a real number",
        .flops = flops_of_reduction,
        .samples = nonempty_reduction_samples(),
        .wrong = wrong_selections(),
    };
}

Tensor argmax(const Tensor& x, int64_t axis) {
    return argmax_operation()({x}, {{"first", int64_t(x.shape().axis(axis, "argmax"))}, {"count", int64_t(1)}});
}
Tensor argmax(const Tensor& x) { return argmax(reshape(x, Shape{x.size()}), 0); }

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "kernels/reduction/lanes.h"
namespace adjoint::ADJOINT_ISA {
namespace {

// The first row of the block whose number is the largest; from the last row to the first, so that the first stays.
template <class T>
void find_rows(const T* x, int64_t rows, int64_t columns, int64_t inner, const T* largest, int64_t first, int64_t* at) {
    if (columns == 1) {
        const T y = *largest;
        constexpr int64_t width = 64;
        int64_t r = 0;
        for (; r + width <= rows; r += width) {
            int found = 0;
            for (int64_t k = 0; k < width; ++k)
                found |= int(x[(r + k) * inner] == y) | int(x[(r + k) * inner] != x[(r + k) * inner]);
            if (found) break;
        }
        while (r < rows && !(x[r * inner] == y || x[r * inner] != x[r * inner])) ++r;
        *at = first + r;
        return;
    }
    int32_t row[lane_count];  // a slab or a column has fewer than 2^31 rows
    for (int64_t c = 0; c < columns; ++c) row[c] = 0;
    for (int64_t r = rows - 1; r >= 0; --r) {
        const T* v = x + r * inner;
        for (int64_t c = 0; c < columns; ++c)
            row[c] = int(v[c] == largest[c]) | int(v[c] != v[c]) ? int32_t(r) : row[c];
    }
    for (int64_t c = 0; c < columns; ++c) at[c] = first + row[c];
}

// Each item's largest numbers by lanes, then their places, while the item is in cache.
template <class T>
void argmax(const KernelArguments& a) {
    using Rule = ExtremumRule<1>;
    const ReductionPlan p = plan_reduction(reduction_sizes(a));
    const T* x = a.in<T>(0);
    int64_t* y = a.out<int64_t>(0);
    const int64_t outputs = p.n.outer * p.n.inner;
    if (outputs == 0) return;
    Scratch<T> largest(size_t(outputs * p.slabs));
    Scratch<int64_t> place(size_t(outputs * p.slabs));
    parallel_for(p.items(), p.grain(), [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
            const Item i = item_of(p, k);
            const int64_t to = i.slab * outputs + i.output;
            reduce_block<Rule, T, T, T>(x + i.input, i.rows, i.columns, p.n.inner, nullptr, largest.data() + to);
            find_rows(x + i.input, i.rows, i.columns, p.n.inner, largest.data() + to, i.slab * p.slab,
                      place.data() + to);
        }
    });
    for (int64_t k = 0; k < outputs; ++k) {
        int64_t best = k;
        for (int64_t s = 1; s < p.slabs; ++s) {
            const int64_t here = s * outputs + k;
            const bool best_is_nan = largest.data()[best] != largest.data()[best];
            if (!best_is_nan && Rule::beats(largest.data()[here], largest.data()[best])) best = here;
        }
        y[k] = place.data()[best];
    }
}

}  // namespace
ADJOINT_KERNELS(argmax)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "kernels/reduction/stages.h"
namespace adjoint::gpu {
namespace {

// Two reductions: the largest number, then the first row that has it.
template <class T>
void argmax(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    if (n.outer * n.inner == 0) return;
    GpuScratch<T> largest(n.outer * n.inner);
    reduce_into<ExtremumRule<1>, T, T, T>(n, a.in<T>(0), nullptr, largest.data(), a.stream);
    reduce_into<FirstMatchRule, T, T, int64_t>(n, a.in<T>(0), largest.data(), a.out<int64_t>(0), a.stream);
}

}  // namespace
ADJOINT_KERNELS(argmax)
}  // namespace adjoint::gpu
#endif
