// The host side of a pointwise operation: its definition, shapes and samples.
#pragma once
#include "engine/operation.h"
#include "kernels/pointwise/broadcast.h"

namespace adjoint {

// NumPy's rules. Raises sizes that do not go together.
std::vector<TensorSpec> infer_pointwise(const Signature&);

template <class Rule, int N, class S>
void pointwise_definition(const KernelArguments& a) {
    Rule rule(a);
    Broadcast<N> b = plan_broadcast<N>(a.inputs, a.outputs[0]);
    S* y = a.out<S>(0);
    for (int64_t i = 0; i < b.total; ++i) {
        auto x = [&](int k) { return a.in<S>(k)[input_offset(b, k, i)]; };
        if constexpr (N == 1) y[i] = rule(x(0));
        if constexpr (N == 2) y[i] = rule(x(0), x(1));
        if constexpr (N == 3) y[i] = rule(x(0), x(1), x(2));
    }
}

// 0 for every input that asks for a gradient: what a piecewise constant function gives.
std::vector<Tensor> zero_gradients(const GradientCall&);

// Samples in several shapes, broadcast in several ways; the inputs' ranges and kinks are those of `inputs`. (The
// battery adds more shapes: see derived_samples.)
std::vector<Sample> pointwise_samples(const std::vector<InputSample>& inputs, const Attributes& = {});
// Shapes that do not go together, for operations with two and three inputs.
std::vector<WrongSample> pointwise_wrong(int inputs);

}  // namespace adjoint
