// norm: y = √(Σ x²) over neighbouring axes: outer × reduced × inner → outer × inner.  dy/dx = x / y.
// At x = 0, where the norm has a kink, the gradient is 0: the subgradient of least norm. Second derivatives there are 0
// as well. float32 numbers are squared and added in float64, where no square of theirs overflows or vanishes; in
// float64 the norm is right while squares are: for |x| up to 1e154, and from 1e-154 on.
#include "kernels/reduction/reduce.h"

namespace adjoint {
ADJOINT_REDUCTION(norm, NormRule)
}  // namespace adjoint

#if ADJOINT_HOST
#include "kernels/math.h"
namespace adjoint {

template <class S>
static void norm_definition(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    for (int64_t o = 0; o < n.outer; ++o)
        for (int64_t i = 0; i < n.inner; ++i) {
            S squares(0.0);
            for (int64_t r = 0; r < n.reduced; ++r) {
                const S x = a.in<S>(0)[(o * n.reduced + r) * n.inner + i];
                squares += x * x;
            }
            a.out<S>(0)[o * n.inner + i] = squares == S(0.0) ? S(0.0) : math::sqrt(squares);
        }
}

// Where y = 0 the quotient is 0, and its own derivatives too: where() lets nothing through to 1 / y there.
static std::vector<Tensor> gradient_of_norm(const GradientCall& c) {
    const Tensor &y = c.output(), one = y.like(1), zero = y.like(0);
    const Tensor quotient = where(y, c.cotangent() / where(y, y, one), zero);
    return {c.input(0) * keep_axes(quotient, c.input_spec(0).shape, reduced_axes(c))};
}

ADJOINT_OPERATION(norm) {
    return {
        .name = "norm",
        .equation = "y = √(Σ x²)",
        .kind = Kind::reduction,
        .infer = infer_reduction,
        .definition = ADJOINT_DEFINITION(norm_definition),
        .cpu = ADJOINT_CPU_KERNELS(norm),
        .gpu = ADJOINT_GPU_KERNELS(norm),
        .saved_inputs = {0},
        .saved_outputs = {0},
        .gradient = gradient_of_norm,
        .flops = flops_of_reduction,
        .samples = reduction_samples({0.0}),
        .wrong = wrong_reductions(),
    };
}

Tensor norm(const Tensor& x, const Axes& axes) { return reduce_at_once(norm_operation(), x, axes); }

}  // namespace adjoint
#endif
