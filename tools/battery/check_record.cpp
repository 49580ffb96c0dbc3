#include <cmath>

#include "tools/battery/checks.h"

namespace adjoint::battery {

void check_record(const Operation& op, Report& report) {
    const char* check = "record";
    bool is_view = !op.aliases.empty() && !op.writes;
    if (!*op.name) report.fail(check, "it has no name");
    if (!*op.equation) report.fail(check, "it has no equation");
    if (!op.infer) return report.fail(check, "it has no rule for the shapes of its outputs");
    if (!is_view) {
        for (Kernel k : op.definition)
            if (!k) report.fail(check, "a scalar type has no definition");
        for (Kernel k : op.cpu)
            if (!k) report.fail(check, "a type has no CPU kernel");
#if ADJOINT_WITH_GPU
        for (Kernel k : op.gpu)
            if (!k) report.fail(check, "a type has no GPU kernel");
#endif
    }
    if (!op.gradient && !op.not_differentiable) report.fail(check, "it has neither a gradient nor a reason for having none");
    if (op.gradient && op.not_differentiable) report.fail(check, "it has a gradient and a reason for having none");
    if (op.fast_gradient && !op.gradient) report.fail(check, "its fast gradient has no differentiable one beside it");
    if (op.writes != (op.kind == Kind::update)) report.fail(check, "kind update and writing go together");
    if (op.order < 1 || op.order > 3) report.fail(check, "the order of derivatives to be tested is not 1, 2 or 3");
    if (op.float32_tolerance <= 0 || op.float32_tolerance > 1e-3) report.fail(check, "its float32 tolerance is none");

    if (op.samples.size() < 2) report.fail(check, "fewer than two samples");
    bool can_refuse = op.max_inputs > 1;  // shapes, types and devices that do not fit, or settings that do not exist
    for (const Sample& s : op.samples)
        for (const auto& [name, value] : s.attributes) can_refuse |= !std::holds_alternative<double>(value);
    if (can_refuse && op.wrong.empty()) report.fail(check, "no wrong inputs, though it can be called wrongly");
    for (const WrongSample& w : op.wrong)
        if (w.sentence.size() < 8) report.fail(check, "the sentence of a wrong input says nothing: '" + w.sentence + "'");
}

void check_costs(Trial& t) {
    Signature s = t.op.signature(t.inputs, t.sample.attributes);
    double flops = t.op.flops ? t.op.flops(s) : 1, bytes = t.op.bytes ? t.op.bytes(s) : default_bytes(s);
    if (!std::isfinite(flops) || flops < 0) t.report.fail("flops and bytes", "flops are " + digits(flops));
    if (!std::isfinite(bytes) || bytes < 0 || (t.elements > 0 && bytes == 0))
        t.report.fail("flops and bytes", "bytes are " + digits(bytes));
}

}  // namespace adjoint::battery
