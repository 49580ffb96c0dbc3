// The backward loop.
#include <algorithm>
#include <memory>

#include "engine/tape.h"

namespace adjoint {

// From the room above: the sum of two gradients is an operation like any other, so that it can be differentiated too.
Tensor add(const Tensor& a, const Tensor& b);

namespace {

int position(const std::vector<int>& list, int i, const char* what, const Node& n) {
    auto it = std::find(list.begin(), list.end(), i);
    if (it == list.end())
        fail(ExitCode::usage, std::string("the gradient of ") + n.operation->name,
             std::string("it reads ") + what + " " + std::to_string(i + 1) + ", which its record does not save");
    return int(it - list.begin());
}

}  // namespace

const Tensor& GradientCall::input(int i) const {
    return node_.saved_inputs[position(node_.operation->saved_inputs, i, "input", node_)].get();
}
const Tensor& GradientCall::output(int i) const {
    return node_.saved_outputs[position(node_.operation->saved_outputs, i, "output", node_)].get();
}
Tensor GradientCall::cotangent(int i) const {
    if (cotangents_[i]) return cotangents_[i];
    Device device = Device::cpu;
    for (const Tensor& c : cotangents_)
        if (c) device = c.device();
    return Tensor::zeros(node_.output_specs[i].shape, node_.output_specs[i].type, device);
}
bool GradientCall::present(int i) const { return size_t(i) < node_.present.size() && node_.present[i]; }
const TensorSpec& GradientCall::input_spec(int i) const { return node_.input_specs[i]; }
const TensorSpec& GradientCall::output_spec(int i) const { return node_.output_specs[i]; }
int GradientCall::input_count() const { return int(node_.inputs.size()); }
const Attributes& GradientCall::attributes() const { return node_.attributes; }

namespace {

Tensor check_start(const Tape* tape, const Tensor& y, const std::vector<Tensor>& x, const Tensor& cotangent) {
    std::string title = "the gradient of a tensor " + y.shape().text();
    if (!tape) fail(ExitCode::usage, title, "no tape is recording", "make a Tape before computing it");
    if (y.tape() != tape->id() || y.slot() < 0)
        fail(ExitCode::usage, title, "it is not on the recording tape",
             "it must be computed from variables of this tape");
    for (size_t i = 0; i < x.size(); ++i)
        if (!x[i] || x[i].tape() != tape->id() || x[i].slot() < 0)
            fail(ExitCode::usage, title + " with respect to tensor " + std::to_string(i + 1),
                 "that tensor is not on the recording tape", "use what Tape::variable returned");
    if (!cotangent) {
        if (y.size() != 1)
            fail(ExitCode::usage, title, "it has " + std::to_string(y.size()) + " elements and no cotangent was given",
                 "reduce it to a single number, or give a cotangent of its shape");
        return y.like(1.0);
    }
    if (!(cotangent.shape() == y.shape()) || cotangent.type() != y.type() || cotangent.device() != y.device())
        fail(ExitCode::usage, title,
             "the cotangent is " + cotangent.shape().text() + " of " + name_of(cotangent.type()) + " on " +
                 name_of(cotangent.device()),
             "it must have the shape, type and device of the tensor");
    return cotangent;
}

// Which slots up to `last` depend on a wanted variable.
std::vector<bool> mark_dependent(const Tape& tape, const std::vector<Tensor>& x, size_t node_count) {
    std::vector<bool> dependent(size_t(tape.slots()), false);
    for (const Tensor& t : x) dependent[size_t(t.slot())] = true;
    for (size_t k = 0; k < node_count; ++k) {
        const Node& n = tape.nodes()[k];
        bool any = std::any_of(n.inputs.begin(), n.inputs.end(), [&](int64_t s) { return s >= 0 && dependent[size_t(s)]; });
        if (any)
            for (size_t i = 0; i < n.output_specs.size(); ++i) dependent[size_t(n.first_output) + i] = true;
    }
    return dependent;
}

void check_contribution(const char* name, const TensorSpec& expected, size_t i, const Tensor& g) {
    if (!g)
        fail(ExitCode::usage, std::string("the gradient rule of ") + name,
             "it gave nothing for input " + std::to_string(i + 1));
    if (!(g.shape() == expected.shape) || g.type() != expected.type)
        fail(ExitCode::usage, std::string("the gradient rule of ") + name,
             "dL/d(input " + std::to_string(i + 1) + ") came out as " + g.shape().text() + " of " + name_of(g.type()),
             "the input is " + expected.shape.text() + " of " + name_of(expected.type));
}

}  // namespace

std::vector<Tensor> gradient(const Tensor& y, const std::vector<Tensor>& x, const GradientOptions& options) {
    Tape* tape = Tape::recording();
    Tensor start = check_start(tape, y, x, options.cotangent);
    bool keep = options.keep || options.create_graph;

    size_t last = tape->node_of(y.slot());
    size_t node_count = last == size_t(-1) ? 0 : last + 1;
    std::vector<bool> dependent = mark_dependent(*tape, x, node_count);
    std::vector<Tensor> dL_d(dependent.size());  // by slot
    dL_d[size_t(y.slot())] = start;

    {
        struct Pause {  // recording goes on only if the gradient is to be differentiated again
            explicit Pause(bool on) { if (on) pause = std::make_unique<PauseRecording>(); }
            std::unique_ptr<PauseRecording> pause;
        } pause(!options.create_graph);

        std::vector<bool> wanted(dependent.size(), false);
        for (const Tensor& t : x) wanted[size_t(t.slot())] = true;

        for (size_t k = node_count; k-- > 0;) {
            // With create_graph the rules below append to the tape: take nothing by reference across a rule's call
            // but what cannot move (the node is addressed by index again afterwards).
            std::vector<Tensor> cotangents;
            std::vector<bool> needed;
            bool reached = false, any_needed = false;
            {
                const Node& n = tape->nodes()[k];
                for (size_t i = 0; i < n.output_specs.size(); ++i) {
                    size_t slot = size_t(n.first_output) + i;
                    cotangents.push_back(dependent[slot] ? dL_d[slot] : Tensor());
                    if (!wanted[slot]) dL_d[slot] = Tensor();
                    reached |= bool(cotangents.back());
                }
                for (int64_t s : n.inputs) {
                    needed.push_back(s >= 0 && dependent[size_t(s)]);
                    any_needed |= needed.back();
                }
                if (!reached || !any_needed) continue;
                if (n.operation->not_differentiable || !n.operation->gradient)
                    fail(ExitCode::usage, std::string("the gradient through ") + n.operation->name,
                         n.operation->not_differentiable ? n.operation->not_differentiable : "its record has no rule");
                if (n.freed)
                    fail(ExitCode::usage, std::string("the gradient through ") + n.operation->name,
                         "what it saved was freed by an earlier gradient of this tape",
                         "give that earlier call {.keep = true}");
            }

            std::vector<Tensor> contributions;
            std::vector<int64_t> inputs = tape->nodes()[k].inputs;
            {
                // The rule sees a node that stays where it is, even if the tape grows meanwhile.
                Node taken = std::move(tape->node(k));
                try {
                    const Operation& op = *taken.operation;
                    bool fast = op.fast_gradient && !options.create_graph && y.device() != Device::reference;
                    contributions = (fast ? op.fast_gradient : op.gradient)(GradientCall(taken, cotangents, needed));
                } catch (...) {
                    tape->node(k) = std::move(taken);
                    throw;
                }
                if (!keep) {
                    for (Saved& s : taken.saved_inputs) s = Saved();
                    for (Saved& s : taken.saved_outputs) s = Saved();
                    taken.freed = true;
                }
                tape->node(k) = std::move(taken);
            }

            const char* name = tape->nodes()[k].operation->name;
            const std::vector<TensorSpec> specs = tape->nodes()[k].input_specs;  // `add` below may move the nodes
            for (size_t i = 0; i < inputs.size(); ++i) {
                if (!needed[i]) continue;
                check_contribution(name, specs[i], i, i < contributions.size() ? contributions[i] : Tensor());
                Tensor& sum = dL_d[size_t(inputs[i])];
                sum = sum ? add(sum, contributions[i]) : contributions[i];
            }
        }
    }

    std::vector<Tensor> result;
    for (const Tensor& t : x) {
        Tensor g = dL_d[size_t(t.slot())];
        result.push_back(g ? g : t.like(0.0));
    }
    return result;
}

}  // namespace adjoint
