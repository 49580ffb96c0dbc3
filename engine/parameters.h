// Named parameters in one contiguous block: a network's weights, or its gradients, or an optimiser's moments.
#pragma once
#include <string>
#include <vector>

#include "engine/tensor.h"

namespace adjoint {

class Parameters {
public:
    Parameters() = default;

    // Declares a parameter; all must be declared before `allocate`.
    void declare(const std::string& name, const Shape& shape);
    void allocate(Type = Type::float32, Device = Device::cpu);  // one block, filled with zeros

    int count() const { return int(names_.size()); }
    int64_t size() const { return total_; }  // numbers in all
    const std::string& name(int i) const { return names_[i]; }
    Tensor tensor(int i) const { return views_[i]; }          // a view into the block
    Tensor tensor(const std::string& name) const;             // errors: unknown name, with the names there are
    std::vector<Tensor> tensors() const { return views_; }
    Tensor block() const { return block_; }                   // all of them, one axis

    // A second block of the same layout: gradients, moments.
    Parameters like() const;
    // Copies one tensor per parameter into the block. Errors: another shape or count.
    void gather(const std::vector<Tensor>& tensors);
    Parameters to(Device) const;
    Parameters to(Type) const;

private:
    std::vector<std::string> names_;
    std::vector<Shape> shapes_;
    std::vector<int64_t> offsets_;
    std::vector<Tensor> views_;
    Tensor block_;
    int64_t total_ = 0;
};

}  // namespace adjoint
