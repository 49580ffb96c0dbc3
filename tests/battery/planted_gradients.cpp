// Wrong gradient rules.
#include <algorithm>

#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "tests/battery/planted.h"

namespace adjoint::planted {
namespace {

using Tensors = std::vector<Tensor>;

Operation with_rule(const char* name, GradientRule rule) {
    Operation op = operation_named(name);
    op.gradient = rule;
    return op;
}

Tensor times(const Tensor& x, double factor) { return x * x.like(factor); }
Axes reduced_axes(const GradientCall& c) {
    Axes axes;
    for (int64_t k = 0; k < c.attributes().integer("count"); ++k) axes.push_back(c.attributes().integer("first") + k);
    return axes;
}
// dL/da and dL/db of multiply, as they should be.
Tensor product_rule(const GradientCall& c, int i) {
    return sum_to(c.cotangent() * c.input(1 - i), c.input_spec(i).shape);
}

Tensors dropped_term(const GradientCall& c) {
    return {product_rule(c, 0), Tensor::zeros(c.input_spec(1).shape, c.input_spec(1).type, c.cotangent().device())};
}
Tensors wrong_sign(const GradientCall& c) { return {times(c.cotangent() * c.output(), -1)}; }
Tensors factor_two(const GradientCall& c) { return {times(c.cotangent() * c.output(), 2)}; }
Tensors nearly_right(const GradientCall& c) { return {times(c.cotangent() * c.output(), 1 + 1e-9)}; }

// The sum over a repeated axis is forgotten: one of the repetitions is handed on, times nothing.
Tensors not_reduced(const GradientCall& c) { return {c.cotangent(), c.cotangent()}; }
// … or replaced by their mean.
Tensors averaged(const GradientCall& c) {
    Tensors g;
    for (int i = 0; i < 2; ++i) {
        double repeated = double(c.input_spec(i).shape.count()) / double(std::max<int64_t>(1, c.output_spec().shape.count()));
        g.push_back(times(sum_to(c.cotangent(), c.input_spec(i).shape), repeated));
    }
    return g;
}

Tensors wrong_saved_input(const GradientCall& c) {
    Tensors g;
    for (int i = 0; i < 2; ++i) g.push_back(sum_to(c.cotangent() * c.input(i), c.input_spec(i).shape));
    return g;
}
Tensors input_for_output(const GradientCall& c) { return {c.cotangent() * c.input(0)}; }
Tensors unsaved_input(const GradientCall& c) { return {c.cotangent() * exp(c.input(0))}; }

// Σ's adjoint repeats its cotangent; repeating the cotangent's mean instead is right whenever all cotangents are equal.
Tensors right_for_ones(const GradientCall& c) {
    Tensor v = c.cotangent();
    Tensor same = v.size() ? broadcast_to(mean(v), v.shape()) : v;
    return {spread(same, c.input_spec(0).shape, reduced_axes(c))};
}

Tensors first_order_only(const GradientCall& c) { return {c.cotangent() * stop_gradient(c.output())}; }
Tensors cotangent_held_fixed(const GradientCall& c) {
    Tensors g;
    for (int i = 0; i < 2; ++i)
        g.push_back(sum_to(stop_gradient(c.cotangent()) * c.input(1 - i), c.input_spec(i).shape));
    return g;
}
// e^x by its tangent line at the point: right in value and slope, flat beyond.
Tensors second_order_only(const GradientCall& c) {
    Tensor x = c.input(0), y = stop_gradient(exp(x));
    return {c.cotangent() * (y + y * (x + times(stop_gradient(x), -1)))};
}

Tensors depends_on_company(const GradientCall& c) {
    Tensors g(2);
    for (int i = 0; i < 2; ++i)
        if (c.needs(i)) g[size_t(i)] = times(product_rule(c, i), c.needs(1 - i) ? 1 : 0.5);
    return g;
}

Tensors writes_into_cotangent(const GradientCall& c) {
    Tensor v = c.cotangent(), g = v * c.output();
    v.copy_from(g.constant());  // saves an allocation, and ruins the cotangent for whoever else holds it
    return {g};
}

// The last element of each reduced run is left out of the adjoint.
Tensors border_forgotten(const GradientCall& c) {
    Tensor g = spread(c.cotangent(), c.input_spec(0).shape, reduced_axes(c));
    Tensor inside = g.like(1);
    if (inside.size()) {
        std::vector<double> ones = inside.to(Device::reference).to(Type::float64).values<double>();
        ones.back() = 0;
        inside = Tensor::from(ones, g.shape(), Device::reference).to(g.type()).to(g.device());
    }
    return {g * inside};
}

Operation fast_rule_differs() {
    Operation op = operation_named("multiply");
    op.fast_gradient = [](const GradientCall& c) -> Tensors { return {product_rule(c, 0), times(product_rule(c, 1), 1.001)}; };
    return op;
}

Operation fast_rule_writes() {
    Operation op = operation_named("exp");
    op.fast_gradient = writes_into_cotangent;
    return op;
}

// A fused rule that is right only when every output has a cotangent.
Tensors needs_all_cotangents(const GradientCall& c) {
    Tensors g = operation_named("window_statistics").gradient(c);
    bool all = true;
    for (int i = 0; i < 5; ++i) all = all && c.has_cotangent(i);
    for (Tensor& t : g)
        if (t && !all) t = times(t, 2);
    return g;
}
// The fast rule misses the last row of pixels.
Tensors fast_without_last_row(const GradientCall& c) {
    Tensors g = operation_named("window_similarity").fast_gradient(c);
    for (Tensor& t : g) {
        if (!t || !t.size()) continue;
        std::vector<double> values = t.to(Device::reference).to(Type::float64).values<double>();
        std::fill(values.end() - t.shape().last(), values.end(), 0.0);
        t = Tensor::from(values, t.shape(), Device::reference).to(t.type()).to(t.device());
    }
    return g;
}
Operation wrong_fast_border() {
    Operation op = operation_named("window_similarity");
    op.fast_gradient = fast_without_last_row;
    return op;
}
// The fast, not differentiable rule stands in the differentiable one's place.
Operation fast_in_place_of_gradient() {
    Operation op = operation_named("window_statistics");
    op.gradient = op.fast_gradient;
    op.fast_gradient = nullptr;
    return op;
}

Operation saving(Operation op, std::vector<int> inputs) {
    op.saved_inputs = std::move(inputs);
    return op;
}
Operation of_order(Operation op, int order) {
    op.order = order;
    return op;
}
Operation of_kind(const char* name, Kind kind) {
    Operation op = operation_named(name);
    op.kind = kind;
    return op;
}

}  // namespace

std::vector<Bug> gradient_bugs() {
    return {
        {"a gradient term is dropped", with_rule("multiply", dropped_term), "first derivatives"},
        {"a wrong sign", with_rule("exp", wrong_sign), "first derivatives"},
        {"a factor of two", with_rule("exp", factor_two), "first derivatives"},
        {"a gradient wrong in the tenth digit", with_rule("exp", nearly_right), "first derivatives"},
        {"repeated axes are not summed", with_rule("add", not_reduced), "runs"},
        {"repeated axes are averaged", with_rule("add", averaged), "first derivatives"},
        {"the wrong one of two inputs is used", with_rule("multiply", wrong_saved_input), "first derivatives"},
        {"the input is saved where the output is meant", saving(with_rule("exp", input_for_output), {0}), "first derivatives"},
        {"a rule reads what its record does not save", with_rule("exp", unsaved_input), "runs"},
        {"a gradient right for equal cotangents only", with_rule("sum", right_for_ones), "first derivatives"},
        {"right first, wrong second derivative", with_rule("exp", first_order_only), "second derivatives"},
        {"the cotangent is held fixed in the second derivative", with_rule("multiply", cotangent_held_fixed), "second derivatives"},
        {"right second, wrong third derivative", of_order(saving(with_rule("exp", second_order_only), {0}), 3), "third derivatives"},
        {"the fast rule differs", fast_rule_differs(), "fast gradient"},
        {"a fast rule that misses a border", wrong_fast_border(), "fast gradient"},
        {"a fast rule in the differentiable one's place", fast_in_place_of_gradient(), "runs"},
        {"a rule that needs all cotangents", with_rule("window_statistics", needs_all_cotangents), "first derivatives of each output"},
        {"a rule that depends on which inputs are wanted", with_rule("multiply", depends_on_company), "each input alone"},
        {"a rule writes into its cotangent", fast_rule_writes(), "cotangents unchanged"},
        {"an adjoint that forgets the border", with_rule("sum", border_forgotten), "adjoint"},
        {"said to be linear, and is not", of_kind("exp", Kind::linear), "linearity"},
        {"said to be bilinear, and is not", of_kind("add", Kind::bilinear), "bilinearity"},
    };
}

}  // namespace adjoint::planted
