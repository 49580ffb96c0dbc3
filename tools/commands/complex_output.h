// Complex images of a data set's slices as a file, in the axes of its format.
#pragma once
#include <filesystem>

#include "engine/tensor.h"

namespace adjoint::commands {

// values: slices×H×W×2 or slices×coils×H×W×2, float32; H is the readout (io/dataset.h).
//   NAME.npy            complex64 of these axes; the first one is left out for a single slice
//   NAME.cfl or NAME    BART's array: dimensions 0 readout, 1 phase encoding, 3 coils, 13 slices
// Errors: resources; numerical, where a value is not finite (then nothing is written).
void write_complex(const std::filesystem::path&, const Tensor& values);
// Before the work. Errors: usage, where the path has another ending; those of check_output_place.
void check_complex_output(const std::filesystem::path&);
// Before the work: is there a folder that takes the file? Errors (resources), as writing it would raise them.
void check_output_place(const std::filesystem::path&);

}  // namespace adjoint::commands
