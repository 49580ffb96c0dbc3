// What a file holds: kind, shapes, types, ranges, metadata. For `adjoint inspect`.
#pragma once
#include <filesystem>
#include <string>

namespace adjoint {

// Lines "name: value" for people; control characters in a file's texts are shown as '?', long texts are cut.
// The whole file is read, so a damaged one is an Error (invalid_input); values that are not finite are counted instead.
std::string inspect_text(const std::filesystem::path&);

// The same as one JSON object, indented, nothing cut; texts of safetensors metadata that are JSON appear as such.
// Numbers that are not finite do not occur.
std::string inspect_json(const std::filesystem::path&);

}  // namespace adjoint
