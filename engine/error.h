// Errors that speak to a person: what was asked, what was found, what to do.
#pragma once
#include <stdexcept>
#include <string>

namespace adjoint {

// What the program returns to the shell (see tools/README.md).
enum class ExitCode {
    done = 0,
    usage = 2,          // wrong arguments or configuration
    invalid_input = 3,  // unreadable, damaged or unsuitable input
    mismatch = 4,       // model and data do not belong together
    numerical = 5,      // NaN, divergence, a failed check
    resources = 6,      // memory or disk
    no_device = 7,      // the device is not there
    interrupted = 130,  // after saving
};

class Error : public std::runtime_error {
public:
    Error(ExitCode code, std::string asked, std::string found, std::string advice)
        : std::runtime_error(asked + ": " + found + (advice.empty() ? "" : "; " + advice)), code(code),
          asked(std::move(asked)), found(std::move(found)), advice(std::move(advice)) {}

    ExitCode code;
    std::string asked;   // the operation or the file, with names and shapes
    std::string found;   // what stood in the way
    std::string advice;  // what to do about it; may be empty
};

// Throws Error. Example: fail(ExitCode::usage, "matmul of A 64×128 and B 130×32", "the inner sizes 128 and 130 differ",
// "transpose one of them, or check where B comes from").
[[noreturn]] inline void fail(ExitCode code, std::string asked, std::string found, std::string advice = "") {
    throw Error(code, std::move(asked), std::move(found), std::move(advice));
}

}  // namespace adjoint
