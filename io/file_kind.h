// What a file is, by its content: names may lie.
#pragma once
#include "io/input.h"

namespace adjoint {

enum class FileKind { png, npy, nifti, safetensors, cfl, hdf5 };  // cfl: the header, NAME.hdr

// Rewinds the input. Errors (invalid_input): empty; a format that is recognised but not read (says how to convert it);
// unknown.
FileKind kind_of(Input&);
const char* name_of(FileKind);  // "PNG picture"

}  // namespace adjoint
