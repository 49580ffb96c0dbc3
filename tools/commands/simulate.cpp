// adjoint simulate: data that the program makes itself.
#include <iostream>
#include <memory>

#include "engine/error.h"
#include "io/npy.h"
#include "io/phantom.h"
#include "io/png.h"
#include "tools/commands/commands.h"
#include "tools/commands/simulate_mri.h"

namespace adjoint::commands {

namespace {

struct SimulateOptions {
    HeadPhantom head;
    std::string size, output;
    int bits = 8;
};

void simulate_head(SimulateOptions o) {
    const std::filesystem::path path = o.output;
    const Tensor picture = head_phantom(o.head);
    if (path.extension() == ".png")
        write_png(path, picture, o.bits);
    else if (path.extension() == ".npy")
        write_npy(path, o.head.colour ? picture : picture.viewed_as({o.head.height, o.head.width}));
    else
        fail(ExitCode::usage, "adjoint simulate head -o " + o.output, "its ending is neither .png nor .npy",
             "choose one of them");
}

}  // namespace

void add_simulate(CLI::App& app) {
    auto o = std::make_shared<SimulateOptions>();
    CLI::App* simulate = app.add_subcommand("simulate", "Make data: pictures, and MRI acquisitions of them");
    simulate->require_subcommand(1);
    CLI::App* head = simulate->add_subcommand("head", "A textured section through a head");
    head->add_option_function<int64_t>(
            "--size", [o](int64_t size) { o->head.height = o->head.width = size; }, "Height and width, 8 to 16384")
        ->default_str("256");
    head->add_option("--height", o->head.height, "Overrides --size");
    head->add_option("--width", o->head.width, "Overrides --size");
    head->add_flag("--colour", o->head.colour, "Three channels, like a stained section");
    head->add_option("--seed", o->head.seed, "Another seed is another head")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1e15));
    head->add_option("--bits", o->bits, "Of a PNG's channels, 8 or 16")
        ->check(CLI::IsMember({8, 16}))
        ->capture_default_str();
    head->add_option("-o,--output", o->output, ".png or .npy")->required();
    head->callback([o] { simulate_head(*o); });
    add_simulate_mri(*simulate);
}

}  // namespace adjoint::commands
