// SIRENs in model files: ours, with all that is needed to use them, and published ones, which hold weights alone.
#pragma once
#include <filesystem>
#include <optional>

#include "models/siren.h"
#include "tools/training/checkpoint.h"

namespace adjoint {

// The picture that a SIREN was fitted to.
struct FittedPicture {
    int64_t height = 0, width = 0;
    double low = 0, high = 1;  // the values that became 0 and 1
    int bits = 8;              // per channel of the file it came from; 0: not a picture file
};

Description describe(const SirenSettings&, const FittedPicture&);

struct SirenFile {
    Siren network;
    std::optional<FittedPicture> picture;  // none in files of others
};

// Settings that a file of weights alone does not tell; the published values.
struct SirenHints {
    std::optional<double> first_omega, hidden_omega;
};

// Width, depth, inputs and outputs follow from the tensors; ω₀ and the picture from the metadata where it is ours. A
// hint takes precedence. Errors: invalid input (unreadable, metadata damaged), mismatch (not the tensors of a SIREN,
// naming the one that is wrong).
SirenFile load_siren(const std::filesystem::path&, const SirenHints& = {}, Type = Type::float32, Device = Device::cpu);

}  // namespace adjoint
