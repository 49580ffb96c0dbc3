// The words that the program was called with, for manifests.
#pragma once
#include <string>

namespace adjoint {

void remember_command_line(int argc, char** argv);
std::string command_line();  // quoted where a shell would need it

}  // namespace adjoint
