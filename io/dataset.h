// A data set: a list of files or globs, seen as slices.
//
// No folder layout is asked for. What a file is, its content says: fastMRI or ISMRMRD HDF5 and BART arrays hold
// k-space; NIfTI volumes, PNG pictures and real NumPy arrays hold images, whose k-space is their Fourier transform (the
// recipe of MS-Glance for IXI); complex NumPy arrays hold k-space unless told otherwise. Opening a data set reads
// headers alone. Slices are read when asked for, from any thread.
//
// Axes: a slice of k-space is coils × H × W × 2. H is the direction of the readout (fastMRI's first image axis, BART's
// dimension 0), W the direction of phase encoding, along which one-dimensional masks run. The transform is centred and
// orthonormal (kernels/fourier).
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/tensor.h"
#include "io/nifti.h"
#include "io/slices/slice_file.h"

namespace adjoint {

struct DatasetOptions {
    Content content = Content::by_format;
    std::string axis = "z";      // across which NIfTI volumes are sliced: "x", "y" or "z"
    // The slices begin, begin + every, … below end of each file; negative: from the end of the file; end 0: all.
    // fastMRI's knees without their first and last 5 slices: 5 and -5.
    int64_t begin = 0, end = 0, every = 1;
    // Of the images, 0: as in the file. Larger ones are cropped about their centre (index ⌊n/2⌋), smaller ones padded
    // with zeros; k-space is taken to its images and back.
    int64_t height = 0, width = 0;
    // Files or globs with the target of each file, in the same order; empty: the targets that the files hold.
    std::vector<std::string> targets;
    std::string hdf5_dataset = "/kspace", hdf5_target;  // in HDF5 files; no target: reconstruction_rss or _esc
    bool keep_oversampling = false;                     // of ISMRMRD's readout, which is removed otherwise
    size_t cache_bytes = size_t(1) << 30;  // of volumes kept in memory where single slices cannot be read (.nii.gz)
};

class Dataset {
public:
    // Globs (*, ?, [a-z]) are expanded in alphabetical order; NAME.cfl and NAME.hdr are one file.
    // Errors: invalid_input (a pattern without files; a file that is unreadable, damaged or holds no slices); usage
    // (options that no file allows).
    explicit Dataset(const std::vector<std::string>& patterns, const DatasetOptions& options = {});

    // --- what there is (from headers)
    int64_t size() const { return int64_t(samples_.size()); }  // slices of all files
    struct Sample {
        size_t file;
        int64_t slice;  // in the file, from 0
    };
    const Sample& sample(int64_t i) const;
    size_t files() const { return files_.size(); }
    const SliceFile& file(size_t f) const { return *files_[f]; }
    // C×H×W of kspace(i), after `height` and `width`.
    struct Size {
        int64_t coils, height, width;
    };
    Size size_of_sample(int64_t i) const;
    bool has_targets() const;            // every file has one
    std::string name(int64_t i) const;   // "knee.h5, slice 7", for messages

    // --- what is read
    Tensor kspace(int64_t i) const;  // coils × H × W × 2, float32
    // The image that is to be found: H×W (real) or H×W×2 (complex), float32, with its own height and width where
    // `height` and `width` are 0 (fastMRI's targets are 320×320). For images, the image itself. Without one: no tensor.
    Tensor target(int64_t i) const;
    // The sampled positions that come with the file, W or H×W of 0 and 1 (fastMRI's test sets). Without: no tensor.
    Tensor mask(int64_t i) const;

    // Where the chosen slices of a file lie in space, stacked as slices × H × W: write_nifti(path, stack, geometry).
    NiftiHeader geometry(size_t file) const;

private:
    DatasetOptions options_;
    std::vector<std::unique_ptr<SliceFile>> files_, targets_;
    std::vector<Sample> samples_;
    std::vector<int64_t> begin_;  // of each file
};

// The files that a pattern names, in alphabetical order. Errors (invalid_input): none; a folder.
std::vector<std::filesystem::path> expand_pattern(const std::string& pattern);

// The image H×W×(parts) at the centre of a larger one, or with zeros around: index ⌊n/2⌋ stays the centre's. `x` is
// float32 ... × H × W × parts with `parts` of 1 or 2.
Tensor centred(const Tensor& x, int64_t height, int64_t width, int64_t parts);

}  // namespace adjoint
