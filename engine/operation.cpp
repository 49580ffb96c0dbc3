#include "engine/operation.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "engine/tape.h"

namespace adjoint {

const char* name_of(Kind k) {
    constexpr const char* names[] = {"pointwise", "linear", "bilinear", "reduction", "fused", "implicit", "update"};
    return names[int(k)];
}

namespace {

bool contains(const std::vector<int>& list, int i) { return std::find(list.begin(), list.end(), i) != list.end(); }

std::string ordinal(int i) { return "input " + std::to_string(i + 1); }

// Checks counts, devices and types; the device and real type of the call.
void check_inputs(const Signature& s, const std::vector<Tensor>& inputs, Device& device, Type& type) {
    const Operation& op = s.operation;
    if (s.count() < op.min_inputs || s.count() > op.max_inputs)
        s.refuse(std::to_string(s.count()) + " inputs were given",
                 "it takes " + std::to_string(op.min_inputs) +
                     (op.max_inputs > op.min_inputs ? " to " + std::to_string(op.max_inputs) : ""));
    bool have_device = false, have_type = false;
    for (int i = 0; i < s.count(); ++i) {
        if (!s.present[i]) {
            if (!contains(op.optional_inputs, i)) s.refuse(ordinal(i) + " is missing");
            continue;
        }
        const Tensor& t = inputs[i];
        if (!have_device) device = t.device(), have_device = true;
        if (t.device() != device)
            s.refuse(ordinal(i) + " is on " + name_of(t.device()) + ", another on " + name_of(device),
                     "move them to one device with to(Device)");
        if (contains(op.index_inputs, i)) {
            if (t.type() != Type::int64) s.refuse(ordinal(i) + " is " + name_of(t.type()), "indices must be int64");
            continue;
        }
        if (t.type() == Type::int64)
            s.refuse(ordinal(i) + " is int64", "real numbers are needed: convert with to(Type)");
        if (!have_type) type = t.type(), have_type = true;
        if (t.type() != type)
            s.refuse(ordinal(i) + " is " + name_of(t.type()) + ", another " + name_of(type),
                     "convert them to one type with to(Type)");
    }
    if (!have_type) type = Type::float32;
}

Kernel kernel_for(const Operation& op, const Signature& s, Device device, Type type) {
    Kernel k = nullptr;
    if (device == Device::reference) {
        if (type == Type::float32) s.refuse("float32 on the reference device", "it computes in float64 or dual numbers");
        k = op.definition[type == Type::float64 ? 0 : 1 + int(type) - int(Type::dual1)];
    } else {
        if (is_dual(type)) s.refuse(std::string("dual numbers on ") + name_of(device), "they live on the reference device");
        k = (device == Device::cpu ? op.cpu : op.gpu)[type == Type::float64];
    }
    if (!k)
        s.refuse(std::string("it has no kernel for ") + name_of(type) + " on " + name_of(device));
    return k;
}

ArrayView view_of(const Tensor& t) {
    return {const_cast<void*>(t.bytes_data()), t.shape().data(), t.shape().rank(), t.shape().count()};
}

}  // namespace

std::string Signature::title() const {
    std::string s = operation.name;
    for (size_t i = 0; i < inputs.size(); ++i)
        s += (i == 0 ? " of " : i + 1 == inputs.size() ? " and " : ", ") +
             (present[i] ? inputs[i].shape.text() : std::string("nothing"));
    if (attributes.begin() != attributes.end()) s += " with " + attributes.text();
    return s;
}

void Signature::refuse(const std::string& found, const std::string& advice) const {
    fail(ExitCode::usage, title(), found, advice);
}

double default_bytes(const Signature& s) {
    double total = 0;
    for (int i = 0; i < s.count(); ++i)
        if (s.present[i]) total += double(s.shape(i).count()) * double(size_of(s.inputs[i].type));
    for (const TensorSpec& out : s.operation.infer(s)) total += double(out.shape.count()) * double(size_of(s.inputs[0].type));
    return total;
}

Signature Operation::signature(const std::vector<Tensor>& inputs, const Attributes& attributes) const {
    Signature s{*this, {}, {}, attributes};
    for (const Tensor& t : inputs) {
        s.inputs.push_back(t ? t.spec() : TensorSpec{});
        s.present.push_back(bool(t));
    }
    return s;
}

std::vector<Tensor> Operation::apply(const std::vector<Tensor>& inputs, const Attributes& attributes) const {
    Signature s = signature(inputs, attributes);
    Device device = Device::cpu;
    Type type = Type::float32;
    check_inputs(s, inputs, device, type);
    std::vector<TensorSpec> specs = infer(s);

    std::vector<Tensor> outputs;
    for (size_t i = 0; i < specs.size(); ++i) {
        if (i < aliases.size()) {
            Tensor t = inputs[aliases[i]];
            if (writes) t.mutable_bytes(name);  // refuses memory that is still needed
            outputs.push_back(t.viewed_as(specs[i].shape));
        } else {
            outputs.push_back(Tensor::empty(specs[i].shape, specs[i].type == Type::int64 ? Type::int64 : type, device));
        }
    }

    double seconds = 0;
    bool is_view = !aliases.empty() && !writes;
    if (!is_view) {
        Kernel kernel = kernel_for(*this, s, device, type);
        constexpr size_t most = 40;
        ArrayView in[most], out[most];
        if (inputs.size() > most || outputs.size() > most) s.refuse("more than 40 inputs or outputs");
        for (size_t i = 0; i < inputs.size(); ++i) in[i] = inputs[i] ? view_of(inputs[i]) : ArrayView{nullptr, nullptr, 0, 0};
        for (size_t i = 0; i < outputs.size(); ++i) out[i] = view_of(outputs[i]);
        KernelArguments a{in, int(inputs.size()), out, int(outputs.size()), &attributes, stream_of(device)};
        Tape* tape = Tape::recording();
        if (tape && tape->timing()) {
            synchronise(device);
            auto start = std::chrono::steady_clock::now();
            kernel(a);
            synchronise(device);
            seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        } else {
            kernel(a);
        }
    }
    if (Tape* tape = Tape::recording()) tape->record(*this, attributes, inputs, outputs, seconds);
    return outputs;
}

const Operation& operation_named(const std::string& name) {
    for (const Operation* op : operations())
        if (name == op->name) return *op;
    fail(ExitCode::usage, "operation '" + name + "'", "there is none of this name", "`adjoint bench --list` shows them");
}

}  // namespace adjoint
