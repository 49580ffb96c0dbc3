#include "kernels/pointwise/pointwise.h"
#include "tools/battery/checks.h"

namespace adjoint::battery {

// An update changes its inputs in place, and refuses memory that a recorded operation still needs, naming both.
void check_update_in_place(Trial& t) {
    if (!t.op.writes) return;
    std::vector<Tensor> in = t.fresh_inputs(), out = t.apply(in);
    for (size_t k = 0; k < out.size(); ++k) {
        if (k >= t.op.aliases.size()) continue;
        const Tensor& target = in[size_t(t.op.aliases[k])];
        if (!target) continue;
        if (!out[k].shares_memory_with(target) || !same_bits(out[k], target))
            t.report.fail("update in place", "output " + std::to_string(k + 1) + " is not its input's memory");
    }
    for (int a : t.op.aliases) {
        in = t.fresh_inputs();
        if (!in[size_t(a)]) continue;
        Tape tape;
        Tensor x = tape.variable(in[size_t(a)]);
        Tensor kept = x * x;  // saves x
        std::string found = "nothing was refused";
        try {
            t.apply(in);
        } catch (const Error& e) {
            found = e.what();
        }
        bool both = found.find(t.op.name) != std::string::npos && found.find("multiply") != std::string::npos;
        if (!both) t.report.fail("update of saved memory", "input " + std::to_string(a + 1) + " is saved by multiply: " + found);
        if (!same_bits(in[size_t(a)], t.inputs[size_t(a)]))
            t.report.fail("update of saved memory", "input " + std::to_string(a + 1) + " was changed before the refusal");
    }
}

}  // namespace adjoint::battery
