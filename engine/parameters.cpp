#include "engine/parameters.h"

#include <algorithm>

#include "engine/error.h"

namespace adjoint {

void Parameters::declare(const std::string& name, const Shape& shape) {
    if (std::find(names_.begin(), names_.end(), name) != names_.end())
        fail(ExitCode::usage, "parameter " + name, "it is declared twice");
    names_.push_back(name);
    shapes_.push_back(shape);
    offsets_.push_back(total_);
    total_ += shape.count();
}

void Parameters::allocate(Type type, Device device) {
    block_ = Tensor::zeros(Shape{total_}, type, device);
    views_.clear();
    for (int i = 0; i < count(); ++i) views_.push_back(block_.slice_of_memory(offsets_[i], shapes_[i]));
}

Tensor Parameters::tensor(const std::string& name) const {
    auto it = std::find(names_.begin(), names_.end(), name);
    if (it != names_.end()) return views_[size_t(it - names_.begin())];
    std::string known;
    for (const auto& n : names_) known += (known.empty() ? "" : ", ") + n;
    fail(ExitCode::mismatch, "parameter " + name, "there is none of this name", "there are " + known);
}

Parameters Parameters::like() const {
    Parameters p = *this;
    p.allocate(block_.type(), block_.device());
    return p;
}

void Parameters::gather(const std::vector<Tensor>& tensors) {
    if (int(tensors.size()) != count())
        fail(ExitCode::mismatch, "gathering " + std::to_string(tensors.size()) + " tensors into " +
             std::to_string(count()) + " parameters", "the counts differ");
    for (int i = 0; i < count(); ++i) views_[i].copy_from(tensors[i]);
}

Parameters Parameters::to(Device device) const {
    Parameters p = *this;
    p.allocate(block_.type(), device);
    p.block_.copy_from(block_);
    return p;
}

Parameters Parameters::to(Type type) const {
    Parameters p = *this;
    p.allocate(type, block_.device());
    p.block_.copy_from(block_.to(type));
    return p;
}

}  // namespace adjoint
