// Networks in model files: ours, with their settings as metadata, and published ones, which hold weights alone.
#pragma once
#include <filesystem>

#include "models/networks.h"
#include "tools/training/checkpoint.h"

namespace adjoint {

// What a model file says of its network, besides the weights.
Description describe(const Network&);

// The network of that architecture in a file. Its settings follow from the shapes of the tensors, then from the
// metadata where they are ours, then from `given`. The count of batches that other codes keep with running statistics
// is ignored. Errors: usage (unknown architecture or setting), invalid input (unreadable, damaged, not finite),
// mismatch (not the tensors of that network, naming the one that is wrong).
Network load_network(const std::filesystem::path&, const std::string& architecture, const Attributes& given = {},
                     Type = Type::float32, Device = Device::cpu);

// Settings as JSON, and back: whole numbers, numbers, lists of whole numbers, words.
std::string settings_text(const Attributes&);
// Errors (invalid_input): no object of such values; `who` opens the message.
Attributes settings_from_text(const std::string& text, const std::string& who);

}  // namespace adjoint
