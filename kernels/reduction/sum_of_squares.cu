// sum_of_squares: y = Σ x² over neighbouring axes: outer × reduced × inner → outer × inner.  dy/dx = 2 x.
// float32 numbers are squared and added in float64, where no square of theirs overflows.
#include "kernels/reduction/reduce.h"

namespace adjoint {
ADJOINT_REDUCTION(sum_of_squares, SumOfSquaresRule)
}  // namespace adjoint

#if ADJOINT_HOST
namespace adjoint {

template <class S>
static void sum_of_squares_definition(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    for (int64_t o = 0; o < n.outer; ++o)
        for (int64_t i = 0; i < n.inner; ++i) {
            S total(0.0);
            for (int64_t r = 0; r < n.reduced; ++r) {
                const S x = a.in<S>(0)[(o * n.reduced + r) * n.inner + i];
                total += x * x;
            }
            a.out<S>(0)[o * n.inner + i] = total;
        }
}

static std::vector<Tensor> gradient_of_sum_of_squares(const GradientCall& c) {
    return {c.input(0) * keep_axes(c.cotangent() * 2.0, c.input_spec(0).shape, reduced_axes(c))};
}

ADJOINT_OPERATION(sum_of_squares) {
    return {
        .name = "sum_of_squares",
        .equation = "y = Σ x²",
        .kind = Kind::reduction,
        .infer = infer_reduction,
        .definition = ADJOINT_DEFINITION(sum_of_squares_definition),
        .cpu = ADJOINT_CPU_KERNELS(sum_of_squares),
        .gpu = ADJOINT_GPU_KERNELS(sum_of_squares),
        .saved_inputs = {0},
        .gradient = gradient_of_sum_of_squares,
        .flops = flops_of_reduction,
        .samples = reduction_samples(),
        .wrong = wrong_reductions(),
    };
}

Tensor sum_of_squares(const Tensor& x, const Axes& axes) { return reduce_at_once(sum_of_squares_operation(), x, axes); }

}  // namespace adjoint
#endif
