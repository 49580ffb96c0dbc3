// One file of a data set as a row of slices, whatever its format. For io/dataset.h, which says what the axes mean.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "engine/tensor.h"
#include "io/nifti.h"
#include "io/slices/volume_cache.h"

namespace adjoint {

enum class Content { by_format, kspace, image };

class SliceFile {
public:
    virtual ~SliceFile() = default;

    std::filesystem::path path;
    std::string format;         // "NIfTI volume"
    Content content = Content::kspace;  // kspace or image
    bool complex = true;        // of images
    bool rows_upwards = false;  // a picture of a slice has its last row at the top
    int64_t slices = 0, coils = 1, height = 0, width = 0;
    bool has_target = false, has_mask = false;
    int64_t target_height = 0, target_width = 0;
    // Of the stack slices × height × width: spacing and affine map as far as the file gives them.
    NiftiHeader geometry;
    std::map<std::string, std::string> attributes;  // what else the file says about itself ("acquisition")

    // Slice s: k-space coils × H × W × 2, or an image H × W or H × W × 2; float32. From any thread.
    // Errors (invalid_input): damaged; NaN or infinite numbers.
    virtual Tensor read(int64_t s) const = 0;
    virtual Tensor target(int64_t s) const;  // H × W or H × W × 2; none: no tensor
    virtual Tensor mask(int64_t s) const;    // W or H × W; none: no tensor
};

struct SliceFileOptions {
    Content content = Content::by_format;
    std::string axis = "z";
    std::string dataset = "/kspace", target_dataset;  // of HDF5 files; no target: reconstruction_rss or _esc
    bool keep_oversampling = false;                   // of ISMRMRD's readout
    std::shared_ptr<VolumeCache> cache = std::make_shared<VolumeCache>(size_t(1) << 30);
};

// Reads the header, and refuses what holds no slices. Errors: invalid_input, usage (an axis that is none).
std::unique_ptr<SliceFile> open_slices(const std::filesystem::path&, const SliceFileOptions&);

// One per format.
std::unique_ptr<SliceFile> open_nifti_slices(const std::filesystem::path&, const SliceFileOptions&);
std::unique_ptr<SliceFile> open_npy_slices(const std::filesystem::path&, const SliceFileOptions&);
std::unique_ptr<SliceFile> open_cfl_slices(const std::filesystem::path&, const SliceFileOptions&);
std::unique_ptr<SliceFile> open_png_slices(const std::filesystem::path&, const SliceFileOptions&);
// fastMRI's layout, arrays under other names, or ISMRMRD's acquisitions.
std::unique_ptr<SliceFile> open_hdf5_slices(const std::filesystem::path&, const SliceFileOptions&);
std::unique_ptr<SliceFile> open_ismrmrd_slices(const std::filesystem::path&, const SliceFileOptions&);

// Errors (invalid_input) at the first number that is NaN or infinite.
void expect_finite(const Tensor&, const std::filesystem::path&, int64_t slice);

}  // namespace adjoint
