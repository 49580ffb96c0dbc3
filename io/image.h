// One image, from any file that holds one.
#pragma once
#include <filesystem>
#include <string>

#include "engine/tensor.h"
#include "io/input.h"
#include "io/slice.h"

namespace adjoint {

struct Image {
    Tensor pixels;  // C×H×W float32, all finite
    // The values that stand for black and white by the file's nature: 0 and 1 in PNG; 0 and 255 (65535) in NPY of uint8
    // (uint16); `nominal` is false where a file has no such convention (floats, NIfTI).
    bool nominal = false;
    double low = 0, high = 1;
    std::string source;  // "PNG picture, 8 bits", "NIfTI volume 181×217×181 of uint8, slice z:90"
};

struct ImageOptions {
    std::vector<Slice> slices;
    bool magnitude = false;  // of complex numbers; without it they are refused
};

// PNG: as read_png, in [0, 1].
// NPY: the numbers as they are. After slicing H×W, or C×H×W or H×W×C with C of 1 or 3 (the first fits first); axes of
//   size 1 in front of these are dropped.
// NIfTI: the scaled voxels as they are. After slicing two axes longer than 1 remain; the picture stands upright for the
//   usual orientations: its columns run along the first of them, its rows against the second (numpy.rot90 of
//   nibabel's array). RGB volumes give three channels.
// Errors: invalid_input (not an image, empty, NaN or infinite pixels, complex numbers); usage (a volume without a
// slice, or a slice of a PNG).
Image read_image(const std::filesystem::path&, const ImageOptions& options = {});
Image read_image(Input&, const ImageOptions& options = {});

struct ValueRange {
    double low = 0, high = 0;      // of the finite values
    int64_t not_finite = 0;        // NaN or infinite
};
ValueRange value_range(const Tensor&);

// (x − low) / (high − low) in x's type; without bounds, those of its values. A constant image becomes 0.
Tensor normalised(const Tensor& x, double low, double high);
Tensor normalised(const Tensor& x);

}  // namespace adjoint
