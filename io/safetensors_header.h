// The JSON header of safetensors files (io/safetensors.h), parsed and written.
#pragma once
#include <string>
#include <vector>

#include "io/safetensors.h"

namespace adjoint {

// Every entry's type is known, its shape has at most 8 axes, and end − begin is the size of shape and type. Their
// order, and whether they fit the file, is left to the caller. Errors (invalid_input): anything else; names `input`.
SafetensorsHeader parse_safetensors_header(const Input& input, const std::string& text);

// The header for tensors that lie in this order; padded with spaces to a multiple of 8 bytes. `who` opens the errors.
std::string safetensors_header_text(const std::string& who, const std::vector<const NamedTensor*>& order,
                                    const std::map<std::string, std::string>& metadata);

}  // namespace adjoint
