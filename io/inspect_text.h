// A report of io/inspect.cpp as lines for people.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace adjoint {

// One line per field; objects and lists of objects (tensors) indented below their name, in columns.
std::string text_of_report(const nlohmann::ordered_json& report);

}  // namespace adjoint
