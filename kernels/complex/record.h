// The host side of an operation on complex numbers: shapes, definition, samples.
#pragma once
#include "engine/operation.h"
#include "kernels/complex/complex.h"
#include "kernels/complex/rule.h"
#include "kernels/pointwise/pointwise.h"

namespace adjoint {

// The shape of the numbers: without the last axis of a complex array. Raises a last axis that is not 2.
Shape shape_of_numbers(const Signature&, int input, bool is_complex);
Shape broadcast_numbers(const Signature&, const std::vector<bool>& is_complex);
Shape with_parts(const Shape&);  // one more axis, of 2

template <class Rule>
std::vector<TensorSpec> infer_complex(const Signature& s) {
    std::vector<bool> is_complex;
    for (int i = 0; i < Rule::inputs; ++i) is_complex.push_back(Rule::is_complex(i));
    const Shape shape = broadcast_numbers(s, is_complex);
    return {{Rule::result_is_complex ? with_parts(shape) : shape}};
}

template <class Rule, class S>
void complex_definition(const KernelArguments& a) {
    const Rule rule(a);
    const Broadcast<Rule::inputs> b = plan_complex<Rule>(a);
    for (int64_t i = 0; i < b.total; ++i) {
        auto at = [&](int k) { return k < Rule::inputs ? input_offset(b, k, i) : 0; };
        auto in = [&](int k) { return k < Rule::inputs ? a.in<S>(k) : nullptr; };
        apply_rule(rule, a.out<S>(0), i, in(0), in(1), in(2), at(0), at(1), at(2));
    }
}

// Samples in several shapes, broadcast in several ways; `is_complex` says which inputs get a last axis of 2.
std::vector<Sample> complex_samples(const std::vector<bool>& is_complex, const Attributes& = {});
// A last axis that is not 2, and shapes that do not go together.
std::vector<WrongSample> wrong_complex(const std::vector<bool>& is_complex, const Attributes& = {});

}  // namespace adjoint
