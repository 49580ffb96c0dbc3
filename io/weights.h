// A network's parameters in safetensors files, and back.
#pragma once
#include <filesystem>
#include <string>

#include "engine/parameters.h"
#include "io/safetensors.h"

namespace adjoint {

// Adds every parameter as PREFIX + its name; their memory is shared, not copied.
void add_parameters(TensorFile&, const Parameters&, const std::string& prefix = "");

// Copies the tensors PREFIX + name into the parameters, converting between float32 and float64. `who`, the file, opens
// the errors: mismatch, where one is missing (names those there are) or of another shape; invalid_input, where a value
// is NaN or infinite.
void copy_parameters(const TensorFile&, Parameters&, const std::string& who, const std::string& prefix = "");

// Names of tensors that begin with `prefix` and belong to no parameter: what a strict loader refuses.
std::vector<std::string> unknown_tensors(const TensorFile&, const Parameters&, const std::string& prefix = "");

}  // namespace adjoint
