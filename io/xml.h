// The texts of an XML document, as far as headers of scanners need them.
#pragma once
#include <map>
#include <string>

namespace adjoint {

// The text of each element by its path ("ismrmrdHeader/encoding/encodedSpace/matrixSize/x"), the first where there are
// several; prefixes of namespaces and attributes are left out, the five named entities are replaced.
// Errors (invalid_input, opened by `who`): tags that do not match, more than 32 levels or 10000 elements, document type
// declarations (which could define entities).
std::map<std::string, std::string> xml_texts(const std::string& xml, const std::string& who);

}  // namespace adjoint
