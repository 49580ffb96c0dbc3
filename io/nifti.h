// NIfTI-1 and NIfTI-2 volumes in one file (.nii, .nii.gz): a header of 348 or 540 bytes, extensions, voxels.
//
// Format: https://nifti.nimh.nih.gov (nifti1.h, nifti2.h). The file's axes are x, y, z, t, ..., x fastest; the tensor
// has the same numbers in the same order in memory, so its axes are ..., t, z, y, x.
#pragma once
#include <array>
#include <filesystem>
#include <optional>
#include <vector>

#include "io/input.h"
#include "io/number.h"
#include "io/slice.h"

namespace adjoint {

struct NiftiHeader {
    int version = 1;
    bool big_endian = false, compressed = false;
    std::vector<int64_t> size;      // x, y, z, t, ... (dim[1] to dim[dim[0]]), each at least 1
    std::vector<double> spacing;    // of the same axes (pixdim), in `units`
    int datatype = 16;              // NIfTI's code
    Number number = Number::float32;  // of one part
    int parts = 1;                  // numbers per voxel: 1; 2 complex; 3 RGB; 4 RGBA
    double slope = 1, intercept = 0;  // value = slope · stored + intercept; 1 and 0 where the file asks for no scaling
    std::array<std::array<double, 4>, 3> affine = {};  // voxel index (x, y, z, 1) to millimetres in space
    std::string affine_from;        // "sform", "qform" or "spacing", in this order of preference
    int qform_code = 0, sform_code = 0;
    std::string space_unit, time_unit;  // "mm", "s"; empty: not given
    std::string description, intent_name;
    double display_low = 0, display_high = 0;  // cal_min and cal_max; both 0: not given
    uint64_t data_offset = 352;
};

// By code (xyzt_units, bits 0 to 2 and 3 to 5).
inline constexpr const char* nifti_space_units[] = {"", "m", "mm", "um"};
inline constexpr const char* nifti_time_units[] = {"", "s", "ms", "us", "Hz", "ppm", "rad/s"};

struct NiftiVolume {
    NiftiHeader header;
    // ..., z, y, x, without the axes that were fixed, and a last axis of `parts` where there are several.
    Tensor voxels;
};

// Leaves the input after the header (348 or 540 bytes).
NiftiHeader read_nifti_header(Input&);

// All voxels, or those that `slices` select (axis 0 is x; only these take memory). Scaled by slope and intercept, RGB
// apart. Read as `type`, or as float64 where float32 does not hold the stored type (integers of 32 and 64 bits,
// float64, complex128), else float32.
// Errors (invalid_input): whatever is no such file, with the header's field; pairs of .hdr and .img; types of 128 bits
// per number; truncated or damaged compression. usage: slices outside.
NiftiVolume read_nifti(const std::filesystem::path&, const std::vector<Slice>& slices = {},
                       std::optional<Type> type = {});
NiftiVolume read_nifti(Input&, const std::vector<Slice>& slices = {}, std::optional<Type> type = {});

// Writes a tensor ..., z, y, x of float32, float64 or int64 as NIfTI-1 with the geometry (spacing, affine, units) of
// `geometry`, compressed where the name ends in .gz, atomically; `complex`: a last axis of 2 holds real and imaginary
// parts. Errors: usage (no axis or more than 7, a size of 0 or above 32767), resources.
void write_nifti(const std::filesystem::path&, const Tensor& voxels, const NiftiHeader& geometry, bool complex = false);

}  // namespace adjoint
