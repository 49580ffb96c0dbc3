#include "kernels/pointwise/pointwise.h"
#include "tools/battery/checks.h"
#include "tools/battery/roads.h"

namespace adjoint::battery {
namespace {

// a + b, with the largest |a| + |b| beside it.
std::vector<double> plus(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> c(a.size());
    for (size_t i = 0; i < a.size(); ++i) c[i] = a[i] + b[i];
    return c;
}

// Two calls on the same variables, one more use of each: L = ⟨v, f(x)⟩ + ⟨w, f(x)⟩ + ⟨u, x⟩ has the gradient of
// ⟨v + w, f(x)⟩, plus u.
void used_three_times(Trial& t) {
    auto v = t.cotangents(3), w = t.cotangents(4), u = t.directions(3);
    GradientRequest once{t.real_inputs, {}};
    for (size_t r = 0; r < v.size(); ++r) once.v.push_back(plus(v[r], w[r]));
    std::vector<Tensor> want = gradient_of_call(t, t.inputs, once);

    Tape tape;
    std::vector<Tensor> in = t.inputs, x, weights, values;
    for (size_t r = 0; r < t.real_inputs.size(); ++r) {
        Tensor& input = in[size_t(t.real_inputs[r])];
        x.push_back(input = tape.variable(input));
        weights.push_back(t.on_device(u[r], input.shape()));
        values.push_back(input);
    }
    for (auto* cotangent : {&v, &w}) {
        std::vector<Tensor> out = t.apply(in);
        for (size_t r = 0; r < t.real_outputs.size(); ++r) {
            values.push_back(out[size_t(t.real_outputs[r])]);
            weights.push_back(t.on_device((*cotangent)[r], values.back().shape()));
        }
    }
    std::vector<Tensor> got = t.options.gradient(dot(weights, values), x, {});
    for (size_t r = 0; r < x.size(); ++r) {
        std::string detail;
        // Three sums in another order: a few roundings of the largest term.
        if (!close(numbers(got[r]), plus(numbers(want[r]), u[r]), 4 * t.tolerance(), &detail))
            t.report.fail("used several times", "dL/d(input " + std::to_string(t.real_inputs[r] + 1) +
                                                    ") of two calls and one more use: " + detail);
    }
}

// The same tensor in two places of one call: its gradient is the sum of the places' gradients.
void same_tensor_twice(Trial& t, int i, int j) {
    std::vector<Tensor> in = t.inputs;
    in[size_t(j)] = in[size_t(i)];
    std::vector<Tensor> out = t.apply(in);
    GradientRequest both{{i, j}, t.cotangents(5)};
    for (size_t r = 0; r < both.v.size(); ++r)
        if (out[size_t(t.real_outputs[r])].size() != int64_t(both.v[r].size())) return;
    std::vector<Tensor> want = gradient_of_call(t, in, both);

    Tape tape;
    Tensor x = tape.variable(t.inputs[size_t(i)]);
    in[size_t(i)] = in[size_t(j)] = x;
    out = t.apply(in);
    std::vector<Tensor> v, y;
    for (size_t r = 0; r < both.v.size(); ++r) {
        y.push_back(out[size_t(t.real_outputs[r])]);
        v.push_back(t.on_device(both.v[r], y[r].shape()));
    }
    Tensor got = t.options.gradient(dot(v, y), {x}, {})[0];
    std::string detail;
    if (!close(numbers(got), plus(numbers(want[0]), numbers(want[1])), 4 * t.tolerance(), &detail))
        t.report.fail("same tensor twice", "as inputs " + std::to_string(i + 1) + " and " + std::to_string(j + 1) + ": " + detail);
}

}  // namespace

void check_accumulation(Trial& t) {
    if (!t.differentiable()) return;
    used_three_times(t);
    for (size_t a = 0; a < t.real_inputs.size(); ++a)
        for (size_t b = a + 1; b < t.real_inputs.size(); ++b) {
            int i = t.real_inputs[a], j = t.real_inputs[b];
            const InputSample &p = t.sample.inputs[size_t(i)], &q = t.sample.inputs[size_t(j)];
            bool same_range = p.low == q.low && p.high == q.high && p.kinks == q.kinks;
            if (p.shape == q.shape && same_range) same_tensor_twice(t, i, j);
        }
}

}  // namespace adjoint::battery
