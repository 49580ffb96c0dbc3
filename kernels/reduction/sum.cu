// sum: y = Σ x over neighbouring axes: outer × reduced × inner → outer × inner. Linear; its adjoint repeats.
// float32 numbers are added in float64: the result is the exact sum, rounded once, but for about 1e-13 of Σ|x|.
#include "kernels/reduction/reduce.h"

namespace adjoint {
ADJOINT_REDUCTION(sum, SumRule)
}  // namespace adjoint

#if ADJOINT_HOST
namespace adjoint {

// In float64: Σ in order of the elements.
template <class S>
static void sum_definition(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    for (int64_t o = 0; o < n.outer; ++o)
        for (int64_t i = 0; i < n.inner; ++i) {
            S total(0.0);
            for (int64_t r = 0; r < n.reduced; ++r) total += a.in<S>(0)[(o * n.reduced + r) * n.inner + i];
            a.out<S>(0)[o * n.inner + i] = total;
        }
}

static std::vector<Tensor> gradient_of_sum(const GradientCall& c) {
    return {spread(c.cotangent(), c.input_spec(0).shape, reduced_axes(c))};
}

ADJOINT_OPERATION(sum) {
    return {
        .name = "sum",
        .equation = "y = Σ x",
        .kind = Kind::linear,
        .infer = infer_reduction,
        .definition = ADJOINT_DEFINITION(sum_definition),
        .cpu = ADJOINT_CPU_KERNELS(sum),
        .gpu = ADJOINT_GPU_KERNELS(sum),
        .gradient = gradient_of_sum,
        .flops = flops_of_reduction,
        .samples = reduction_samples(),
        .wrong = wrong_reductions(),
    };
}

Tensor sum(const Tensor& x, const Axes& axes) { return reduce_groups(sum_operation(), x, axes); }

Tensor mean(const Tensor& x, const Axes& axes) {
    return sum(x, axes) / double(reduced_count(x.shape(), axes));
}

}  // namespace adjoint
#endif
