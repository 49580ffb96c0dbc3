// adjoint inspect: what a file holds, as this program understands it.
#include <iostream>
#include <memory>

#include "io/inspect.h"
#include "tools/commands/commands.h"

namespace adjoint::commands {

void add_inspect(CLI::App& app) {
    struct Options {
        std::string file;
        bool json = false;
    };
    auto o = std::make_shared<Options>();
    CLI::App* inspect = app.add_subcommand("inspect", "Say what a file holds: kind, shapes, types, ranges, metadata");
    inspect->add_option("file", o->file, "PNG, NPY, NIfTI, BART, HDF5 or safetensors")->required();
    inspect->add_flag("--json", o->json, "For programs");
    inspect->callback([o] { std::cout << (o->json ? inspect_json(o->file) : inspect_text(o->file)); });
}

}  // namespace adjoint::commands
