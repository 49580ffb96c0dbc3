#include "tools/battery/checks.h"

#include "engine/shape.h"

namespace adjoint::battery {

// A pointwise result has the shape of all inputs together under NumPy's rules, worked out here by engine/shape.
void check_shapes(Trial& t) {
    if (t.op.kind != Kind::pointwise) return;
    Shape want;
    for (const Tensor& x : t.inputs)
        if (x) want = broadcast(want, x.shape(), t.op.name);
    for (const Tensor& y : t.outputs)
        if (!(y.shape() == want)) t.report.fail("shapes", "the result is " + y.shape().text() + " instead of " + want.text());
}

// The kernels give what the definition gives, relative to each output's largest value; whole numbers exactly.
// On the reference device the definition is what runs: there the values must be numbers at all.
void check_values(Trial& t) {
    std::vector<Tensor> want;
    {
        const OneThread definition;
        std::vector<Tensor> exact;
        for (const Tensor& x : t.exact) exact.push_back(x ? x.copy() : Tensor());
        want = t.op.apply(exact, t.sample.attributes);
    }
    if (want.size() != t.outputs.size())
        return t.report.fail("values", std::to_string(t.outputs.size()) + " outputs instead of " + std::to_string(want.size()));
    for (size_t k = 0; k < want.size(); ++k) {
        std::string which = want.size() > 1 ? "output " + std::to_string(k + 1) + ": " : "", detail;
        if (t.outputs[k].type() != (want[k].type() == Type::int64 ? Type::int64 : t.type))
            t.report.fail("values", which + "it is " + name_of(t.outputs[k].type()));
        bool whole = want[k].type() == Type::int64;
        if (!close(numbers(t.outputs[k]), numbers(want[k]), whole ? 0 : t.tolerance(), &detail))
            t.report.fail("values", which + detail);
    }
}

// Nothing but an update may touch its inputs, and an update only those it aliases.
void check_inputs_unchanged(Trial& t) {
    std::vector<Tensor> in = t.fresh_inputs();
    t.apply(in);
    for (size_t i = 0; i < in.size(); ++i) {
        bool may_change = false;
        for (int a : t.op.aliases) may_change |= t.op.writes && a == int(i);
        if (in[i] && !may_change && !same_bits(in[i], t.inputs[i]))
            t.report.fail("inputs unchanged", "input " + std::to_string(i + 1) + " was written into");
    }
}

}  // namespace adjoint::battery
