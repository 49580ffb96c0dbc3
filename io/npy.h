// NumPy's .npy: one array after a short header, which is the text of a Python dictionary.
//
//   "\x93NUMPY", version (1.0, 2.0, 3.0), length of the header (16 bits; 32 from version 2 on),
//   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
// Format: NumPy Enhancement Proposal 1, and numpy.lib.format's documentation. The dictionary is read by a parser that
// knows these three keys and nothing else of Python; arrays of objects (pickles) and records are refused.
#pragma once
#include <filesystem>
#include <optional>
#include <vector>

#include "io/input.h"
#include "io/number.h"

namespace adjoint {

struct NpyHeader {
    int version = 1;            // 1, 2, 3
    std::string type;           // as it stands there: "<f4", "|u1", ">c16"
    Number number = Number::float32;  // of complex numbers: of one part
    bool complex = false, big_endian = false, fortran_order = false;
    std::vector<int64_t> shape;  // of the array, as NumPy shows it
};

// Leaves the input at the first number, and sees to it that exactly as many bytes follow as the array needs.
NpyHeader read_npy_header(Input&);

// The array in row-major order whatever its order in the file; complex numbers get a last axis of 2 (real, imaginary).
// Read as `type`, or, without one, as float32 (float16, float32, complex64), float64 (float64, complex128) or int64
// (booleans and integers). Errors (invalid_input): whatever is no such array; more than 8 axes; sizes that do not fit
// the file.
Tensor read_npy(const std::filesystem::path&, std::optional<Type> type = {});
Tensor read_npy(Input&, std::optional<Type> type = {}, NpyHeader* header = nullptr);

// Writes float32, float64 or int64 of any device, version 1.0, atomically; `complex`: the last axis, of size 2, holds
// real and imaginary parts (complex64, complex128). The bytes are those that numpy.save writes.
// Errors: usage (dual numbers; complex without an axis of 2), resources.
void write_npy(const std::filesystem::path&, const Tensor&, bool complex = false);

}  // namespace adjoint
