#include <algorithm>
#include <cmath>

#include "tools/battery/checks.h"
#include "tools/battery/roads.h"

namespace adjoint::battery {
namespace {

Place point(const Trial& t) {
    Place p;
    for (int i : t.real_inputs) p.x.push_back(numbers(t.inputs[size_t(i)]));
    p.v = t.cotangents(0);
    return p;
}

Place direction(const Trial& t, int k) { return {t.directions(k), t.cotangents(10 + k)}; }

void compare(Trial& t, const char* check, const Derivative& forward, const Derivative& reverse, double tolerance) {
    double scale = std::max(forward.scale, reverse.scale);
    double error = std::fabs(forward.value - reverse.value);
    if (error <= tolerance * scale) return;
    t.report.fail(check, "reverse mode gives " + digits(reverse.value) + ", dual numbers give " + digits(forward.value) +
                             ": error " + digits(error / scale) + " of the terms, allowed " + digits(tolerance));
}

}  // namespace

void check_first_derivatives(Trial& t) {
    if (!t.differentiable()) return;
    const Place at = point(t);
    Place u = direction(t, 0);
    for (auto& v : u.v) std::fill(v.begin(), v.end(), 0.0);
    const Derivative forward = forward_road(t, at, {u});
    compare(t, "first derivatives", forward, reverse_road(t, at, {u}, false), t.tolerance());
    compare(t, "first derivatives", forward, reverse_road(t, at, {u}, true), t.tolerance());

    // Each output's part by itself: the others have no cotangent then.
    if (t.real_outputs.size() < 2) return;
    for (size_t r = 0; r < t.real_outputs.size(); ++r) {
        Place only = at;
        for (size_t k = 0; k < only.v.size(); ++k)
            if (k != r) std::fill(only.v[k].begin(), only.v[k].end(), 0.0);
        const Derivative part = forward_road(t, only, {u});
        GradientRequest request{t.real_inputs, std::vector<std::vector<double>>(at.v.size())};
        request.v[r] = at.v[r];
        for (bool create_graph : {false, true}) {
            request.create_graph = create_graph;
            const std::vector<Tensor> g = gradient_of_call(t, t.inputs, request);
            Derivative reverse;
            for (size_t i = 0; i < g.size(); ++i) reverse.value += inner(u.x[i], numbers(g[i]), &reverse.scale);
            compare(t, "first derivatives of each output", part, reverse, t.tolerance());
        }
    }
}

void check_higher_derivatives(Trial& t) {
    if (!t.differentiable() || t.type != Type::float64) return;
    const Place at = point(t);
    std::vector<Place> along = {direction(t, 0)};
    for (auto& v : along[0].v) std::fill(v.begin(), v.end(), 0.0);
    constexpr const char* names[] = {"", "", "second derivatives", "third derivatives"};
    for (int order = 2; order <= std::min(t.op.order, 3); ++order) {
        along.push_back(direction(t, order - 1));
        compare(t, names[order], forward_road(t, at, along), reverse_road(t, at, along, false), t.tolerance());
    }
}

}  // namespace adjoint::battery
