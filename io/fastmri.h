// fastMRI's layout of HDF5, written: what its loaders (and io/slices/hdf5.cpp) read.
//
//   /kspace            complex64, slices × coils × H × W; single coil: slices × H × W
//   /reconstruction_rss (several coils) or /reconstruction_esc (single coil), float32, slices × h × w: the target
//   /mask              float32, W: the sampled columns, where k-space is undersampled
//   /ismrmrd_header    XML: sizes of k-space and image
//   attributes         acquisition, patient_id; max and norm of the target's volume
#pragma once
#include <filesystem>
#include <string>

#include "engine/tensor.h"
#include "io/hdf5/hdf5.h"
#include "io/nifti.h"

namespace adjoint {

struct FastmriLayout {
    int64_t slices = 0, coils = 1, height = 0, width = 0;  // of k-space
    bool single_coil = false;                              // then coils is 1
    int64_t target_height = 0, target_width = 0;           // 0: no targets
    NiftiHeader geometry;                                  // of the stack slices × H × W: its spacing is kept
    std::string acquisition = "unknown", patient_id = "unknown";
};

// Written slice by slice; there after commit(), as a whole. Errors: usage (shapes, a single-coil layout with coils),
// resources, invalid_input (a build without HDF5).
class FastmriWriter {
public:
    FastmriWriter(const std::filesystem::path&, const FastmriLayout&);
    // `kspace` coils × H × W × 2, `target` h × w; float32.
    void write(int64_t slice, const Tensor& kspace, const Tensor& target = {});
    void mask(const Tensor& sampled);  // W
    void commit();                     // errors (usage): slices are missing

private:
    FastmriLayout layout_;
    Hdf5Writer file_;
    std::string path_;
    std::vector<bool> written_;
    double largest_ = 0, squares_ = 0;
};

}  // namespace adjoint
