// centre: y = x − μ, μ = Σ x / n over neighbouring axes: outer × n × inner, shape kept. A symmetric projection: linear,
// and its own adjoint. The difference is taken in float64 from the unrounded mean: exact, rounded once, also far from
// 0.
#include "kernels/reduction/reduce.h"

#if ADJOINT_HOST
namespace adjoint {

template <class S>
static void centre_definition(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    for (int64_t o = 0; o < n.outer; ++o)
        for (int64_t i = 0; i < n.inner; ++i) {
            auto at = [&](int64_t r) { return (o * n.reduced + r) * n.inner + i; };
            S mean(0.0);
            for (int64_t r = 0; r < n.reduced; ++r) mean += a.in<S>(0)[at(r)];
            mean /= S(double(n.reduced));
            for (int64_t r = 0; r < n.reduced; ++r) a.out<S>(0)[at(r)] = a.in<S>(0)[at(r)] - mean;
        }
}

static std::vector<TensorSpec> infer_centre(const Signature& s) {
    infer_reduction(s);
    return {{s.shape(0)}};
}

static std::vector<Tensor> gradient_of_centre(const GradientCall& c) {
    return {centre(c.cotangent(), reduced_axes(c))};
}

ADJOINT_DECLARE_KERNELS(centre)

ADJOINT_OPERATION(centre) {
    return {
        .name = "centre",
        .equation = "y = x − Σ x / n",
        .kind = Kind::linear,
        .infer = infer_centre,
        .definition = ADJOINT_DEFINITION(centre_definition),
        .cpu = ADJOINT_CPU_KERNELS(centre),
        .gpu = ADJOINT_GPU_KERNELS(centre),
        .gradient = gradient_of_centre,
        .flops = [](const Signature& s) { return 2.0 * double(s.shape(0).count()); },
        .samples = reduction_samples(),
        .wrong = wrong_reductions(),
    };
}

}  // namespace adjoint
#endif

#if ADJOINT_CPU
#include "kernels/reduction/lanes.h"
namespace adjoint::ADJOINT_ISA {
namespace {

// Runs and strips that are one slab are centred while they are in cache, others on a second way through memory.
template <class T>
void centre(const KernelArguments& a) {
    const ReductionPlan p = plan_reduction(reduction_sizes(a));
    const T* x = a.in<T>(0);
    T* y = a.out<T>(0);
    const int64_t outputs = p.n.outer * p.n.inner;
    if (outputs * p.n.reduced == 0) return;
    Scratch<double> sums(size_t(p.slabs * outputs));
    auto subtract = [&](const Item& i) __attribute__((always_inline)) {
        const double* sum = sums.data() + i.output;
        double mean[lane_count];
        for (int64_t c = 0; c < i.columns; ++c) mean[c] = sum[c] / double(p.n.reduced);
        for (int64_t r = 0; r < i.rows; ++r) {
            const T* __restrict__ from = x + i.input + r * p.n.inner;
            T* __restrict__ to = y + i.input + r * p.n.inner;
            for (int64_t c = 0; c < i.columns; ++c) to[c] = T(double(from[c]) - mean[c]);
        }
    };
    auto subtract_run = [&](const Item& i) __attribute__((always_inline)) {
        const double mean = sums.data()[i.output] / double(p.n.reduced);
        const T* __restrict__ from = x + i.input;
        T* __restrict__ to = y + i.input;
        for (int64_t r = 0; r < i.rows; ++r) to[r] = T(double(from[r]) - mean);
    };
    parallel_for(p.items(), p.grain(), [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
            const Item i = item_of(p, k);
            reduce_block<SumRule, T, double, double>(x + i.input, i.rows, i.columns, p.n.inner, nullptr,
                                                     sums.data() + i.slab * outputs + i.output);
            if (p.slabs == 1) p.n.inner == 1 ? subtract_run(i) : subtract(i);
        }
    });
    if (p.slabs == 1) return;
    for (int64_t s = 1; s < p.slabs; ++s)
        for (int64_t k = 0; k < outputs; ++k) sums.data()[k] += sums.data()[s * outputs + k];
    parallel_for(p.items(), p.grain(), [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) p.n.inner == 1 ? subtract_run(item_of(p, k)) : subtract(item_of(p, k));
    });
}

}  // namespace
ADJOINT_KERNELS(centre)
}  // namespace adjoint::ADJOINT_ISA
#endif

#if ADJOINT_GPU
#include "kernels/reduction/stages.h"
namespace adjoint::gpu {
namespace {

// One thread per number; the sums come from cache.
template <class T>
__global__ void subtract_means(ReductionSizes n, const T* x, const double* sums, T* y) {
    const int64_t k = int64_t(blockIdx.x) * reduction_block + threadIdx.x;
    if (k >= n.outer * n.reduced * n.inner) return;
    const int64_t o = k / (n.reduced * n.inner), i = n.inner == 1 ? 0 : k % n.inner;
    y[k] = T(double(x[k]) - sums[o * n.inner + i] / double(n.reduced));
}

template <class T>
void centre(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    const int64_t count = n.outer * n.reduced * n.inner;
    if (count == 0) return;
    GpuScratch<double> sums(n.outer * n.inner);
    reduce_into<SumRule, T, double, double>(n, a.in<T>(0), nullptr, sums.data(), a.stream);
    launch(subtract_means<T>, dim3(unsigned((count + reduction_block - 1) / reduction_block)), dim3(reduction_block), 0,
           a.stream, n, a.in<T>(0), static_cast<const double*>(sums.data()), a.out<T>(0));
}

}  // namespace
ADJOINT_KERNELS(centre)
}  // namespace adjoint::gpu
#endif
