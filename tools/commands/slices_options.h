// Options that several sub-commands share: which files, which of their slices, what size.
#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <utility>
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

// Height and width from the text HxW, or of a square from one number. Errors (usage): anything else.
std::pair<int64_t, int64_t> size_of_option(const std::string& option, const std::string& text);

}  // namespace adjoint::commands
