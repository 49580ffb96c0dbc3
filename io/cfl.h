// BART's arrays: NAME.hdr, a text with the sizes of up to 16 dimensions, and NAME.cfl, complex64 numbers,
// little-endian, the first dimension fastest.
//
// What the dimensions mean is fixed by their place: 0 read, 1 phase 1, 2 phase 2, 3 coil, 4 maps, 5 echo time, 6 and 7
// coefficients, 10 time, 11 time 2, 13 slice, 14 average, 15 batch.
// Format: https://bart-doc.readthedocs.io (cfl files).
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/tensor.h"
#include "io/input.h"

namespace adjoint {

struct CflArray {
    std::vector<int64_t> sizes;  // as BART shows them, without the ones at the end; at least one
    // float32: the dimensions longer than 1, the last one first, and a last axis of 2 (real, imaginary). The numbers
    // are in the file's order.
    Tensor values;
    std::vector<int> dimensions;  // of the axes of `values` but the last: [3, 1, 0] for coil × phase 1 × read
};

// `path`: NAME, NAME.hdr or NAME.cfl.
// Errors (invalid_input): a file is missing; sizes below 1, or more than 16; a data file of another size; more than 7
// dimensions longer than 1.
CflArray read_cfl(const std::filesystem::path&);
CflArray read_cfl(Input& header, Input& data);
std::vector<int64_t> read_cfl_sizes(Input& header);

// Writes both files, each atomically, the data first. `values` is float32 with a last axis of 2, its other axes being
// `dimensions` (descending). Errors: usage (another type or shape), resources.
void write_cfl(const std::filesystem::path&, const Tensor& values, const std::vector<int>& dimensions);

}  // namespace adjoint
