// The record of an operation: everything the rest of the house knows about it.
//
// An operation is one file, kernels/<family>/<op>.cu, that fills in one Operation. The tape, the battery of tests, the
// benchmark and the program find it by its record; there is no other list. Calling `apply` checks the inputs, makes the
// outputs, runs the kernel of the inputs' device, and writes a node on the recording tape. Nothing falls back to another
// device, and nothing drops a gradient silently.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "engine/attributes.h"
#include "engine/error.h"
#include "engine/isa.h"
#include "engine/kernel_arguments.h"
#include "engine/tensor.h"

namespace adjoint {

struct Node;
struct Operation;

// The kind decides what follows by itself (see tests/battery):
enum class Kind {
    pointwise,  // y_i = f(a_i, b_i, …) with broadcasting
    linear,     // y = A x, linear in every real input together: the gradient is the adjoint, tested as ⟨Ax,y⟩ = ⟨x,Aᴴy⟩
    bilinear,   // linear in each of two inputs: each gradient is a member of the same family
    reduction,  // many values to one, not linear
    fused,      // one kernel for a composition of others: must equal its definition to second order
    implicit,   // the solution of an equation
    update,     // changes its inputs in place (optimiser steps); has no gradient
};
const char* name_of(Kind);

// Shapes, types and settings of one call: what `infer`, `flops` and `bytes` look at.
struct Signature {
    const Operation& operation;
    std::vector<TensorSpec> inputs;  // a missing optional input has an empty-looking spec and present[i] == false
    std::vector<bool> present;
    const Attributes& attributes;

    const Shape& shape(int i) const { return inputs[i].shape; }
    int count() const { return int(inputs.size()); }
    // Raises a usage error that opens with the operation and its shapes: "matmul of 64×128 and 130×32: …".
    [[noreturn]] void refuse(const std::string& found, const std::string& advice = "") const;
    std::string title() const;
};

// One call's view of the tape during the backward loop: what a gradient rule may use.
class GradientCall {
public:
    GradientCall(const Node& node, const std::vector<Tensor>& cotangents, const std::vector<bool>& needed)
        : node_(node), cotangents_(cotangents), needed_(needed) {}

    const Tensor& input(int i) const;            // must be listed in saved_inputs
    const Tensor& output(int i = 0) const;       // must be listed in saved_outputs
    Tensor cotangent(int i = 0) const;           // dL/d(output i); zeros where nothing flowed
    bool has_cotangent(int i) const { return bool(cotangents_[i]); }
    bool needs(int i) const { return needed_[i]; }  // is dL/d(input i) wanted?
    bool present(int i) const;                   // was optional input i given?
    const TensorSpec& input_spec(int i) const;
    const TensorSpec& output_spec(int i = 0) const;
    int input_count() const;
    const Attributes& attributes() const;

private:
    const Node& node_;
    const std::vector<Tensor>& cotangents_;
    const std::vector<bool>& needed_;
};
// dL/d(input i) for every i; an empty Tensor where it is not needed or does not exist.
using GradientRule = std::vector<Tensor> (*)(const GradientCall&);

// One input of a sample call: real numbers uniform in [low, high], kept `margin` away from every kink, or integers.
struct InputSample {
    Shape shape;
    double low = -1, high = 1;
    std::vector<double> kinks = {};
    double margin = 1e-2;
    bool integer = false;  // int64 in [low, high)
    bool missing = false;  // an optional input that is not given
    bool distinct = false; // integer: no value twice
};
struct Sample {
    std::vector<InputSample> inputs;
    Attributes attributes = {};
};
struct WrongSample {
    Sample call;
    std::string sentence;  // must occur in the error's text
};

struct Operation {
    const char* name = "";
    const char* equation = "";  // one line, with the symbols of the file's head
    Kind kind = Kind::fused;

    // Output shapes (and types: fill in `type` only where it is not that of the real inputs) from the call's signature.
    // Raises wrong inputs with Signature::refuse.
    std::vector<TensorSpec> (*infer)(const Signature&) = nullptr;
    int min_inputs = 1, max_inputs = 1;
    std::vector<int> index_inputs = {};     // inputs of type int64
    std::vector<int> optional_inputs = {};  // inputs that may be an empty Tensor

    std::array<Kernel, 4> definition = {};  // double, Dual1, Dual2, Dual3 (ADJOINT_DEFINITION)
    std::array<Kernel, 2> cpu = {};         // float32, float64
    std::array<Kernel, 2> gpu = {};         // float32, float64; null in builds without a GPU device

    // Output i is input aliases[i]: its memory is shared. With `writes` the kernel changes it (kind update); without,
    // the operation is a mere view and has no kernels.
    std::vector<int> aliases = {};
    bool writes = false;

    std::vector<int> saved_inputs = {}, saved_outputs = {};
    GradientRule gradient = nullptr;       // written in operations, so that it can be differentiated again
    GradientRule fast_gradient = nullptr;  // used when no second derivative is wanted; must equal `gradient`
    const char* not_differentiable = nullptr;  // the reason, where there is no gradient

    double (*flops)(const Signature&) = nullptr;  // null: one per output element
    double (*bytes)(const Signature&) = nullptr;  // null: inputs read once, outputs written once

    std::vector<Sample> samples = {};
    std::vector<WrongSample> wrong = {};
    int order = 2;                      // highest order of derivative the battery tests
    double float32_tolerance = 2e-6;    // error allowed in float32 relative to the largest value; say why where larger

    std::vector<Tensor> apply(const std::vector<Tensor>& inputs, const Attributes& attributes = {}) const;
    Tensor operator()(const std::vector<Tensor>& inputs, const Attributes& attributes = {}) const {
        return apply(inputs, attributes)[0];
    }
    Signature signature(const std::vector<Tensor>& inputs, const Attributes& attributes) const;
};

// Every operation of the program, by name. The list is made by CMake from the ADJOINT_OPERATION lines it finds.
const std::vector<const Operation*>& operations();
const Operation& operation_named(const std::string& name);  // errors: unknown name

// The sum of the sizes in bytes of all inputs and outputs; what `bytes` is when not given.
double default_bytes(const Signature&);

// Records. In an op file, at namespace adjoint scope:  ADJOINT_OPERATION(exp) { return {.name = "exp", …}; }
// defines `const Operation& exp_operation()`.
#define ADJOINT_OPERATION(op)                        \
    static Operation make_##op##_record();           \
    const Operation& op##_operation() {              \
        static const Operation record = make_##op##_record(); \
        return record;                               \
    }                                                \
    static Operation make_##op##_record()

// The four builds of a definition, a template over the scalar type.
#define ADJOINT_DEFINITION(f) {f<double>, f<::adjoint::Dual1>, f<::adjoint::Dual2>, f<::adjoint::Dual3>}

// The CPU kernels of both types: functions f_f32 and f_f64, built once per instruction set. Declare them before use:
// ADJOINT_DECLARE_KERNELS(exp) at namespace adjoint scope, then .cpu = ADJOINT_CPU_KERNELS(exp), .gpu = ADJOINT_GPU_KERNELS(exp).
#if ADJOINT_WITH_GPU
#define ADJOINT_DECLARE_GPU(f) namespace gpu { void f##_f32(const KernelArguments&); void f##_f64(const KernelArguments&); }
#define ADJOINT_GPU_KERNELS(f) {::adjoint::gpu::f##_f32, ::adjoint::gpu::f##_f64}
#else
#define ADJOINT_DECLARE_GPU(f)
#define ADJOINT_GPU_KERNELS(f) {nullptr, nullptr}
#endif
#define ADJOINT_DECLARE_KERNELS(f) \
    ADJOINT_DECLARE_CPU(f##_f32) ADJOINT_DECLARE_CPU(f##_f64) ADJOINT_DECLARE_GPU(f)
#define ADJOINT_CPU_KERNELS(f) {ADJOINT_CHOOSE_CPU(f##_f32), ADJOINT_CHOOSE_CPU(f##_f64)}

}  // namespace adjoint
