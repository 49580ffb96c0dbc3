// Wrong backward loops: a small loop in the manner of engine/gradient.cpp, with one mistake at a time.
#include <algorithm>

#include "kernels/pointwise/pointwise.h"
#include "tests/battery/planted.h"

namespace adjoint::planted {
namespace {

enum class Mistake {
    none,
    overwrites,        // a later gradient takes the place of an earlier one
    adds_twice,        // the first gradient is also added
    first_input_only,  // the second of two places of the same tensor is skipped
    stops_early,       // the first step of the tape is never reached
    constant_graph,    // the gradient is never recorded
    swallows,          // a step that is not differentiable yields zeros
};

template <Mistake mistake>
std::vector<Tensor> backward(const Tensor& y, const std::vector<Tensor>& x, const GradientOptions& options) {
    Tape& tape = *Tape::recording();
    std::vector<Tensor> dL_d(static_cast<size_t>(tape.slots()));
    dL_d[size_t(y.slot())] = options.cotangent ? options.cotangent : y.like(1);
    const size_t end = tape.node_of(y.slot()) + 1, begin = mistake == Mistake::stops_early ? 1 : 0;
    for (size_t k = end; y.slot() >= 0 && tape.node_of(y.slot()) != size_t(-1) && k-- > begin;) {
        std::vector<Tensor> cotangents, contributions;
        const Node& n = tape.nodes()[k];
        for (size_t i = 0; i < n.output_specs.size(); ++i) cotangents.push_back(dL_d[size_t(n.first_output) + i]);
        if (std::none_of(cotangents.begin(), cotangents.end(), [](const Tensor& t) { return bool(t); })) continue;
        std::vector<int64_t> inputs = n.inputs;
        std::vector<bool> needed;
        for (int64_t s : inputs) needed.push_back(s >= 0);
        if (!n.operation->gradient) {
            if (mistake == Mistake::swallows) continue;
            return gradient(y, x, options);  // gives the reason
        }
        {
            Node taken = std::move(tape.node(k));
            bool record = options.create_graph && mistake != Mistake::constant_graph;
            if (record) {
                contributions = taken.operation->gradient(GradientCall(taken, cotangents, needed));
            } else {
                PauseRecording pause;
                contributions = taken.operation->gradient(GradientCall(taken, cotangents, needed));
            }
            tape.node(k) = std::move(taken);
        }
        for (size_t i = 0; i < inputs.size(); ++i) {
            if (!needed[i]) continue;
            if (mistake == Mistake::first_input_only && i > 0 && inputs[i] == inputs[0]) continue;
            Tensor& sum = dL_d[size_t(inputs[i])];
            if (!sum)
                sum = mistake == Mistake::adds_twice ? add(contributions[i], contributions[i]) : contributions[i];
            else
                sum = mistake == Mistake::overwrites ? contributions[i] : add(sum, contributions[i]);
        }
    }
    std::vector<Tensor> result;
    for (const Tensor& t : x) result.push_back(dL_d[size_t(t.slot())] ? dL_d[size_t(t.slot())] : t.like(0));
    return result;
}

template <Mistake mistake>
Bug bug(const char* name, const char* operation, const char* check) {
    Bug b{name, operation_named(operation), check};
    b.options.gradient = backward<mistake>;
    return b;
}

}  // namespace

std::vector<Bug> tape_bugs() {
    return {
        bug<Mistake::overwrites>("the tape overwrites instead of adding", "exp", "used several times"),
        bug<Mistake::adds_twice>("the tape adds the first gradient twice", "exp", "first derivatives"),
        bug<Mistake::first_input_only>("the tape skips the second place of a tensor", "multiply", "same tensor twice"),
        bug<Mistake::stops_early>("the tape stops one step early", "exp", "first derivatives"),
        bug<Mistake::constant_graph>("the tape does not record gradients", "exp", "second derivatives"),
    };
}

Bug right_loop() { return bug<Mistake::none>("no mistake", "multiply", ""); }

}  // namespace adjoint::planted
