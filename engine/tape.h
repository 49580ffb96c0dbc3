// Reverse-mode differentiation: a flat list of what was computed, walked once from the end.
//
//   Tape tape;                                   // records from here on
//   Tensor w = tape.variable(weights);           // differentiate with respect to this
//   Tensor loss = mean(square(matmul(x, w) - y));
//   Tensor dL_dw = gradient(loss, {w})[0];
//
// Gradients of any order: with {.create_graph = true} the gradient is itself recorded and can be differentiated again.
#pragma once
#include <string>
#include <vector>

#include "engine/operation.h"

namespace adjoint {

// Keeps a tensor for a gradient; while it lives, writing into the tensor's memory is an error that names both operations.
class Saved {
public:
    Saved() = default;
    Saved(const Tensor& t, const char* by);
    Saved(Saved&& o) noexcept : tensor_(std::move(o.tensor_)) { o.tensor_ = Tensor(); }
    Saved& operator=(Saved&& o) noexcept;
    ~Saved() { drop(); }
    const Tensor& get() const { return tensor_; }

private:
    void drop();
    Tensor tensor_;
};

// One executed operation.
struct Node {
    const Operation* operation = nullptr;
    Attributes attributes;
    std::vector<int64_t> inputs;  // slots; −1: a constant
    int64_t first_output = 0;     // slots of the outputs follow each other
    std::vector<TensorSpec> input_specs, output_specs;
    std::vector<bool> present;
    std::vector<Saved> saved_inputs, saved_outputs;  // in the order of the record's lists
    bool freed = false;
    double seconds = 0;           // of the forward kernel, when timing is on
};

class Tape {
public:
    Tape();   // becomes the thread's recording tape; a tape made inside another's life takes over until it ends
    ~Tape();
    Tape(const Tape&) = delete;
    Tape& operator=(const Tape&) = delete;

    // The same value as something to differentiate with respect to. Errors: not a real type.
    Tensor variable(const Tensor& x);
    std::vector<Tensor> variables(const std::vector<Tensor>& x);

    const std::vector<Node>& nodes() const { return nodes_; }
    std::string text() const;  // step, equation, shapes, what is saved, bytes, time: one line each
    void time_kernels(bool on) { timing_ = on; }
    bool timing() const { return timing_; }

    static Tape* recording();  // the thread's recording tape; null while none records or recording is paused

    // --- for Operation::apply and gradient ---
    void record(const Operation&, const Attributes&, const std::vector<Tensor>& inputs, std::vector<Tensor>& outputs,
                double seconds);
    uint64_t id() const { return id_; }
    Node& node(size_t i) { return nodes_[i]; }
    size_t node_of(int64_t slot) const { return node_of_slot_[slot]; }  // size_t(−1) for a variable
    int64_t slots() const { return int64_t(node_of_slot_.size()); }

private:
    uint64_t id_;
    Tape* outer_;
    std::vector<Node> nodes_;
    std::vector<size_t> node_of_slot_;
    bool timing_ = false;
};

// While it lives, operations on this thread are not recorded.
class PauseRecording {
public:
    PauseRecording();
    ~PauseRecording();
};

// While it lives, operations on this thread are recorded again: for gradient rules that need a tape of their own.
class ResumeRecording {
public:
    ResumeRecording();
    ~ResumeRecording();

private:
    int paused_;
};

struct GradientOptions {
    bool create_graph = false;  // record the gradient, so that it can be differentiated again
    Tensor cotangent = {};      // dL/dy of y's shape; may be left out for a single-element y (then 1)
    bool keep = false;          // keep what the operations saved, for another gradient of the same tape
};

// dL/dx for every x, where L = ⟨cotangent, y⟩; zeros where y does not depend on x.
// The first gradient that reaches a tensor is written, later ones are added in the order of the walk.
// Errors: y or an x is not on the recording tape; y is not a single element and has no cotangent; a step on the way is
// not differentiable (its reason is given) or its saved tensors were already freed.
std::vector<Tensor> gradient(const Tensor& y, const std::vector<Tensor>& x, const GradientOptions& options = {});

}  // namespace adjoint
