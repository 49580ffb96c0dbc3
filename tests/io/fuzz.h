// A fuzz target (fuzz_*.cpp) is a reader fed with any bytes: it may refuse them, and nothing else may happen. Each
// target is libFuzzer's LLVMFuzzerTestOneInput, and says with which files fuzz_driver.cpp begins.
#pragma once
#include <string>
#include <vector>

#include "engine/error.h"
#include "io/input.h"

// Whole small files of the format, which the driver damages.
std::vector<std::string> fuzz_seeds();

// Calls read(Input&) and takes an Error that speaks of the input; anything else goes up and ends the process.
void expect_refusal_or_success(const uint8_t* data, size_t size, auto&& read) {
    adjoint::MemoryInput input("fuzz", data, size);
    try {
        read(input);
    } catch (const adjoint::Error& e) {
        if (e.code != adjoint::ExitCode::invalid_input && e.code != adjoint::ExitCode::usage) throw;
    }
}

// The content of a file in tests/reference/io.
std::string reference_file(const std::string& name);
