// What the program is and where it runs.
#pragma once
#include <string>

namespace adjoint {

// "adjoint 0.1.0", the compiler, and the devices of this build, one a line.
std::string version_text();
const char* version_number();

}  // namespace adjoint
