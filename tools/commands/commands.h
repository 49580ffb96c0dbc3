// The sub-commands of the program: the table of contents. Each line's file: tools/commands/<name>.cpp, which adds the
// sub-command's options to the command line, and what it does when chosen.
#pragma once
#include <CLI/CLI.hpp>

namespace adjoint::commands {

void add_fit(CLI::App&);       // a network of sines trained on an image
void add_train(CLI::App&);     // a network that reconstructs undersampled MRI
void add_recon(CLI::App&);     // its images
void add_eval(CLI::App&);      // how near images are to their targets
void add_run(CLI::App&);       // a network, and its gradients, on any array
void add_loss(CLI::App&);      // a loss's or metric's value and gradient
void add_inspect(CLI::App&);   // what a file holds
void add_convert(CLI::App&);   // a file in another format
void add_mask(CLI::App&);      // which samples of k-space are measured
void add_simulate(CLI::App&);  // data that the program makes itself
void add_coils(CLI::App&);     // coil maps from k-space
void add_pics(CLI::App&);      // classical reconstructions of k-space
void add_selftest(CLI::App&);  // every operation tested on this machine
void add_bench(CLI::App&);     // the rate of every operation beside the machine's ceiling

inline void add_all(CLI::App& app) {
    add_fit(app);
    add_train(app);
    add_recon(app);
    add_eval(app);
    add_run(app);
    add_loss(app);
    add_inspect(app);
    add_convert(app);
    add_mask(app);
    add_simulate(app);
    add_coils(app);
    add_pics(app);
    add_selftest(app);
    add_bench(app);
}

}  // namespace adjoint::commands
