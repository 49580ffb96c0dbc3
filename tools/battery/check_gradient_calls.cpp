#include "tools/battery/checks.h"
#include "tools/battery/roads.h"

namespace adjoint::battery {
namespace {

void compare(Trial& t, const char* check, const std::vector<Tensor>& got, const std::vector<Tensor>& want,
             double tolerance, const std::string& when = "") {
    for (size_t i = 0; i < want.size(); ++i) {
        std::string detail;
        if (!close(numbers(got[i]), numbers(want[i]), tolerance, &detail))
            t.report.fail(check, when + "dL/d(input " + std::to_string(t.real_inputs[i] + 1) + "): " + detail);
    }
}

}  // namespace

// The fast rule runs when no graph is asked for, the differentiable one otherwise.
void check_fast_gradient(Trial& t) {
    if (!t.differentiable() || !t.op.fast_gradient || t.device == Device::reference) return;
    GradientRequest request{t.real_inputs, t.cotangents(1)};
    std::vector<Tensor> fast = gradient_of_call(t, t.inputs, request);
    request.create_graph = true;
    compare(t, "fast gradient", fast, gradient_of_call(t, t.inputs, request), t.tolerance());
}

void check_each_input_alone(Trial& t) {
    if (!t.differentiable() || t.real_inputs.size() < 2) return;
    for (bool create_graph : {false, true}) {
        if (create_graph && !t.op.fast_gradient) continue;
        GradientRequest request{t.real_inputs, t.cotangents(2), create_graph};
        std::vector<Tensor> all = gradient_of_call(t, t.inputs, request);
        for (size_t i = 0; i < t.real_inputs.size(); ++i) {
            request.wanted = {t.real_inputs[i]};
            std::string detail;
            if (!close(numbers(gradient_of_call(t, t.inputs, request)[0]), numbers(all[i]), t.tolerance(), &detail))
                t.report.fail("each input alone", "dL/d(input " + std::to_string(t.real_inputs[i] + 1) +
                                                      ") changes when no other is wanted: " + detail);
        }
    }
}

}  // namespace adjoint::battery
