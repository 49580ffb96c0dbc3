// The sub-commands of the program: the table of contents. Each line's file: tools/commands/<name>.cpp, which adds the
// sub-command's options to the command line, and what it does when chosen.
#pragma once
#include <CLI/CLI.hpp>

namespace adjoint::commands {

void add_bench(CLI::App&);  // the rate of every operation beside the machine's ceiling
void add_selftest(CLI::App&);  // every operation tested on this machine

inline void add_all(CLI::App& app) {
    add_bench(app);
    add_selftest(app);
}

}  // namespace adjoint::commands
