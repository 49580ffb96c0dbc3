#include "engine/tape.h"

#include <atomic>
#include <cstdio>

namespace adjoint {
namespace {

thread_local Tape* current_tape = nullptr;
thread_local int paused = 0;
std::atomic<uint64_t> next_id{1};

}  // namespace

Saved::Saved(const Tensor& t, const char* by) : tensor_(t) {
    if (!tensor_) return;
    ++tensor_.storage()->saved;
    tensor_.storage()->saved_by = by;
}

Saved& Saved::operator=(Saved&& o) noexcept {
    if (this != &o) {
        drop();
        tensor_ = std::move(o.tensor_);
        o.tensor_ = Tensor();
    }
    return *this;
}

void Saved::drop() {
    if (tensor_) --tensor_.storage()->saved;
    tensor_ = Tensor();
}

Tape::Tape() : id_(next_id++), outer_(current_tape) { current_tape = this; }
Tape::~Tape() { current_tape = outer_; }

Tape* Tape::recording() { return paused ? nullptr : current_tape; }

PauseRecording::PauseRecording() { ++paused; }
PauseRecording::~PauseRecording() { --paused; }
ResumeRecording::ResumeRecording() : paused_(paused) { paused = 0; }
ResumeRecording::~ResumeRecording() { paused = paused_; }

Tensor Tape::variable(const Tensor& x) {
    if (!x || x.type() == Type::int64)
        fail(ExitCode::usage, "a variable of the tape", x ? "its elements are int64" : "there is no tensor",
             "only real tensors can be differentiated with respect to");
    node_of_slot_.push_back(size_t(-1));
    return x.at(id_, slots() - 1);
}

std::vector<Tensor> Tape::variables(const std::vector<Tensor>& x) {
    std::vector<Tensor> v;
    for (const Tensor& t : x) v.push_back(variable(t));
    return v;
}

void Tape::record(const Operation& op, const Attributes& attributes, const std::vector<Tensor>& inputs,
                  std::vector<Tensor>& outputs, double seconds) {
    bool tracked = false;
    for (const Tensor& t : inputs) tracked |= t && t.tape() == id_ && t.slot() >= 0;
    if (!tracked) return;

    Node n;
    n.operation = &op;
    n.attributes = attributes;
    n.seconds = seconds;
    n.first_output = slots();
    for (const Tensor& t : inputs) {
        n.inputs.push_back(t && t.tape() == id_ ? t.slot() : -1);
        n.input_specs.push_back(t ? t.spec() : TensorSpec{});
        n.present.push_back(bool(t));
    }
    for (Tensor& t : outputs) {
        node_of_slot_.push_back(nodes_.size());
        t = t.at(id_, slots() - 1);
        n.output_specs.push_back(t.spec());
    }
    for (int i : op.saved_inputs)
        n.saved_inputs.emplace_back(size_t(i) < inputs.size() ? inputs[i] : Tensor(), op.name);
    for (int i : op.saved_outputs) n.saved_outputs.emplace_back(outputs[i], op.name);
    nodes_.push_back(std::move(n));
}

std::string Tape::text() const {
    std::string s;
    char line[64];
    for (size_t k = 0; k < nodes_.size(); ++k) {
        const Node& n = nodes_[k];
        std::snprintf(line, sizeof line, "%4zu  ", k);
        s += line + std::string(n.operation->name) + "  " + n.operation->equation + "  ";
        for (size_t i = 0; i < n.inputs.size(); ++i)
            s += (i ? ", " : "") + (n.present[i] ? n.input_specs[i].shape.text() : std::string("–"));
        s += " → ";
        double bytes = 0;
        for (size_t i = 0; i < n.output_specs.size(); ++i)
            s += (i ? ", " : "") + n.output_specs[i].shape.text();
        if (n.attributes.begin() != n.attributes.end()) s += "  (" + n.attributes.text() + ")";
        s += "  saves";
        for (size_t i = 0; i < n.saved_inputs.size(); ++i)
            if (n.saved_inputs[i].get()) {
                s += " input " + std::to_string(n.operation->saved_inputs[i] + 1);
                bytes += double(n.saved_inputs[i].get().bytes());
            }
        for (size_t i = 0; i < n.saved_outputs.size(); ++i)
            if (n.saved_outputs[i].get()) {
                s += " output " + std::to_string(n.operation->saved_outputs[i] + 1);
                bytes += double(n.saved_outputs[i].get().bytes());
            }
        if (n.freed) s += " (freed)";
        std::snprintf(line, sizeof line, "  %.3g MB", bytes / 1e6);
        s += line;
        if (n.seconds > 0) {
            std::snprintf(line, sizeof line, "  %.3f ms", n.seconds * 1e3);
            s += line;
        }
        s += "\n";
    }
    return s;
}

}  // namespace adjoint
