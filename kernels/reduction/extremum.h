// What max and min share in the host pass: y is the extremum of x over neighbouring axes, outer × reduced × inner →
// outer × inner. Its gradient goes to the number taken; where several are equal, each gets an equal share.
#pragma once
#include "kernels/reduction/reduce.h"

#if ADJOINT_HOST
#include "engine/operation.h"
namespace adjoint {

// NaN as soon as there is one. As in the kernels; dual numbers follow the first of equal ones.
template <int sign, class S>
void extremum_definition(const KernelArguments& a) {
    const ReductionSizes n = reduction_sizes(a);
    for (int64_t o = 0; o < n.outer; ++o)
        for (int64_t i = 0; i < n.inner; ++i) {
            const S* x = a.in<S>(0) + o * n.reduced * n.inner + i;
            S y = x[0];
            for (int64_t r = 1; r < n.reduced; ++r) {
                const S v = x[r * n.inner];
                if ((sign > 0 ? v > y : v < y) || v != v) y = v;
            }
            a.out<S>(0)[o * n.inner + i] = y;
        }
}

std::vector<TensorSpec> infer_extremum(const Signature&);  // errors also: nothing to choose from
std::vector<Tensor> gradient_of_extremum(const GradientCall&);

// The record of max or min, but for its kernels.
template <int sign>
Operation extremum_record(const char* name, const char* equation) {
    return {
        .name = name,
        .equation = equation,
        .kind = Kind::reduction,
        .infer = infer_extremum,
        .definition = {extremum_definition<sign, double>, extremum_definition<sign, Dual1>,
                       extremum_definition<sign, Dual2>, extremum_definition<sign, Dual3>},
        .saved_inputs = {0},
        .saved_outputs = {0},
        .gradient = gradient_of_extremum,
        .flops = flops_of_reduction,
        .samples = nonempty_reduction_samples(),
        .wrong = wrong_selections(),
    };
}

}  // namespace adjoint
#endif
