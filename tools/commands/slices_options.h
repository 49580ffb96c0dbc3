// Options that several sub-commands share: which files, which of their slices, what size.
#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "io/dataset.h"

namespace adjoint::commands {

struct SlicesOptions {
    std::vector<std::string> files;
    std::string slices, size, content;
    DatasetOptions dataset;

    // Adds --slices, --size, --axis, --as, --dataset, --target-dataset, --keep-oversampling.
    void add(CLI::App&);
    void resolve();  // the texts above into `dataset`
    Dataset open();  // errors: usage, invalid_input
};

}  // namespace adjoint::commands
