#include "io/weights.h"

#include <cmath>

#include "engine/error.h"

namespace adjoint {

namespace {

std::string names_of(const TensorFile& file) {
    std::string names;
    size_t shown = 0;
    for (const auto& t : file.tensors) {
        if (++shown > 8) return names + ", ...";
        names += (names.empty() ? "" : ", ") + t.name;
    }
    return names.empty() ? "no tensors at all" : names;
}

void require_finite(const Tensor& tensor, const std::string& who, const std::string& name) {
    const Tensor wide = tensor.to(Type::float64);
    const double* x = wide.data<double>();
    for (int64_t i = 0; i < wide.size(); ++i)
        if (!std::isfinite(x[i]))
            fail(ExitCode::invalid_input, "reading " + who,
                 "tensor '" + name + "', element " + std::to_string(i) + ", is " +
                     (std::isnan(x[i]) ? "not a number" : "infinite"),
                 "the training that wrote it had diverged: take an earlier one");
}

}  // namespace

void add_parameters(TensorFile& file, const Parameters& parameters, const std::string& prefix) {
    for (int i = 0; i < parameters.count(); ++i)
        file.tensors.push_back({prefix + parameters.name(i), parameters.tensor(i)});
}

void copy_parameters(const TensorFile& file, Parameters& parameters, const std::string& who,
                     const std::string& prefix) {
    for (int i = 0; i < parameters.count(); ++i) {
        const std::string name = prefix + parameters.name(i);
        const Tensor* found = file.find(name);
        Tensor target = parameters.tensor(i);
        if (!found)
            fail(ExitCode::mismatch, "reading " + who, "there is no tensor '" + name + "', which the network needs",
                 "it holds " + names_of(file) + "; check that this is the file of this network");
        if (!(found->shape() == target.shape()))
            fail(ExitCode::mismatch, "reading " + who, "tensor '" + name + "' is " + found->shape().text() +
                 ", and the network needs " + target.shape().text(), "check the network's width, depth and channels");
        require_finite(*found, who, name);
        target.copy_from(found->to(target.type()).to(target.device()));
    }
}

std::vector<std::string> unknown_tensors(const TensorFile& file, const Parameters& parameters,
                                         const std::string& prefix) {
    std::vector<std::string> unknown;
    for (const auto& t : file.tensors) {
        if (t.name.compare(0, prefix.size(), prefix) != 0) continue;
        bool known = false;
        for (int i = 0; i < parameters.count() && !known; ++i) known = prefix + parameters.name(i) == t.name;
        if (!known) unknown.push_back(t.name);
    }
    return unknown;
}

}  // namespace adjoint
