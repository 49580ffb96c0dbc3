// adjoint simulate mri, a sub-command of `adjoint simulate`.
#pragma once
#include <CLI/CLI.hpp>

namespace adjoint::commands {

void add_simulate_mri(CLI::App& simulate);

}  // namespace adjoint::commands
