// adjoint bench: the operations, by their records.
#include <iostream>
#include <memory>

#include "engine/operation.h"
#include "tools/commands/commands.h"

namespace adjoint::commands {

namespace {

struct BenchOptions {
    bool list = false;
};

void list_operations() {
    for (const Operation* op : operations())
        std::cout << op->name << " (" << name_of(op->kind) << "): " << op->equation << "\n";
}

}  // namespace

void add_bench(CLI::App& app) {
    auto options = std::make_shared<BenchOptions>();
    CLI::App* bench = app.add_subcommand("bench", "Measure the operations beside the machine's ceiling");
    bench->add_flag("--list", options->list, "Only list the operations: name, kind, equation")->required();
    bench->callback([options] { list_operations(); });
}

}  // namespace adjoint::commands
