#include <cmath>

#include "tools/battery/checks.h"
#include "tools/battery/roads.h"

namespace adjoint::battery {
namespace {

// f(α x + β x′) = α f(x) + β f(x′), where x and x′ differ in the inputs `moving`.
void check_superposition(Trial& t, const char* check, const std::vector<int>& moving, const std::string& where) {
    const double alpha = 0.75, beta = -1.375;  // exact in both types
    std::vector<Tensor> in2 = t.inputs, mixed = t.inputs;
    for (int i : moving) {
        std::vector<double> x = numbers(t.inputs[size_t(i)]), y = t.draw.uniform("superposition", i, int64_t(x.size()));
        std::vector<double> z(x.size());
        in2[size_t(i)] = t.on_device(y, t.inputs[size_t(i)].shape());
        y = numbers(in2[size_t(i)]);
        for (size_t k = 0; k < x.size(); ++k) z[k] = alpha * x[k] + beta * y[k];
        mixed[size_t(i)] = t.on_device(z, t.inputs[size_t(i)].shape());
    }
    std::vector<Tensor> first = t.apply(t.inputs), second = t.apply(in2), both = t.apply(mixed);
    for (int k : t.real_outputs) {
        std::vector<double> a = numbers(first[size_t(k)]), b = numbers(second[size_t(k)]), want(a.size());
        for (size_t i = 0; i < a.size(); ++i) want[i] = alpha * a[i] + beta * b[i];
        std::string detail;
        if (!close(numbers(both[size_t(k)]), want, 4 * t.tolerance(), &detail)) t.report.fail(check, where + detail);
    }
}

}  // namespace

// ⟨A x′, v⟩ = ⟨x′, Aᴴ v⟩ with both sides from the kernels, the adjoint taken at another point x: it must not depend on it.
void check_linear(Trial& t) {
    if (t.op.kind != Kind::linear || t.real_outputs.empty()) return;
    check_superposition(t, "linearity", t.real_inputs, "");
    if (!t.differentiable()) return;
    std::vector<Tensor> in2 = t.inputs;
    auto u = t.directions(6);
    for (size_t r = 0; r < u.size(); ++r) {
        Tensor& x = in2[size_t(t.real_inputs[r])];
        x = t.on_device(u[r], x.shape());
        u[r] = numbers(x);
    }
    GradientRequest request{t.real_inputs, t.cotangents(6)};
    std::vector<Tensor> Ax = t.apply(in2), Av = gradient_of_call(t, t.inputs, request);
    double left = 0, right = 0, scale = 0;
    for (size_t r = 0; r < t.real_outputs.size(); ++r)
        left += inner(request.v[r], numbers(Ax[size_t(t.real_outputs[r])]), &scale);
    for (size_t r = 0; r < u.size(); ++r) right += inner(u[r], numbers(Av[r]), &scale);
    if (std::fabs(left - right) > t.tolerance() * scale)
        t.report.fail("adjoint", "⟨Ax,y⟩ = " + digits(left) + " but ⟨x,Aᴴy⟩ = " + digits(right));
}

void check_bilinear(Trial& t) {
    if (t.op.kind != Kind::bilinear) return;
    for (size_t r = 0; r < t.real_inputs.size() && r < 2; ++r)
        check_superposition(t, "bilinearity", {t.real_inputs[r]}, "in input " + std::to_string(t.real_inputs[r] + 1) + ": ");
}

}  // namespace adjoint::battery
