#include "engine/parallel.h"
#include "tools/battery/checks.h"
#include "tools/battery/roads.h"

namespace adjoint::battery {
namespace {

// The number of threads is set for a while.
class Threads {
public:
    explicit Threads(int n) : before_(threads()) { set_threads(n); }
    ~Threads() { set_threads(before_); }

private:
    int before_;
};

template <class Call>
void compare_bits(Trial& t, const char* check, const Call& call) {
    std::vector<Tensor> one;
    {
        Threads single(1);
        one = call();
        if (!same_bits(one, call())) t.report.fail(check, "a repeated call gave other bits");
    }
    if (t.device != Device::cpu) return;
    for (int n : t.options.thread_counts) {
        Threads several(n);
        if (!same_bits(one, call()))
            t.report.fail(check, std::to_string(n) + " threads gave other bits than one");
    }
}

}  // namespace

void check_equal_bits(Trial& t) {
    compare_bits(t, "equal bits", [&] { return t.apply(t.fresh_inputs()); });

    std::vector<Tensor> plain = t.apply(t.fresh_inputs()), in = t.fresh_inputs();
    Tape tape;
    for (int i : t.real_inputs) in[size_t(i)] = tape.variable(in[size_t(i)]);
    if (!same_bits(plain, t.apply(in))) t.report.fail("equal bits", "recording on a tape gave other bits");
}

void check_gradient_bits(Trial& t) {
    if (!t.differentiable()) return;
    GradientRequest all{t.real_inputs, t.cotangents(0)};
    compare_bits(t, "equal bits of the gradient", [&] { return gradient_of_call(t, t.inputs, all); });

    // A rule may hand its cotangent on, but never write into it: others hold the same memory.
    Tape tape;
    std::vector<Tensor> in = t.inputs, x;
    for (int i : t.real_inputs) x.push_back(in[size_t(i)] = tape.variable(in[size_t(i)]));
    Tensor y = t.apply(in)[size_t(t.real_outputs[0])];
    for (bool create_graph : {true, false}) {
        Tensor v = t.on_device(all.v[0], y.shape()), before = v.copy();
        t.options.gradient(y, x, {.create_graph = create_graph, .cotangent = v});
        if (!same_bits(v, before)) t.report.fail("cotangents unchanged", "the rule wrote into its cotangent");
    }
}

}  // namespace adjoint::battery
