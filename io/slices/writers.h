// Writing what data sets hold: k-space and stacks of images, in the format that a name's ending asks for.
//
// | ending | k-space slices × coils × H × W | images slices × H × W |
// |---|---|---|
// | .h5 | fastMRI's layout (io/fastmri.h) | |
// | .cfl | read = H, phase 1 = W, coil, slice | read = H, phase 1 = W, slice; complex |
// | .npy | complex64, slices × coils × H × W | slices × H × W, real or complex |
// | .nii, .nii.gz | | x = W, y = H, z = slices, with the geometry |
// | .png | | one slice, rows H |
#pragma once
#include <filesystem>
#include <memory>
#include <optional>

#include "engine/tensor.h"
#include "io/fastmri.h"

namespace adjoint {

// Slices of k-space, written one by one; there after commit(), as a whole. Formats other than .h5 keep them in memory
// until then, and take no targets. Errors: usage (another ending, a wrong shape, targets or masks elsewhere than in
// .h5), resources.
class KspaceWriter {
public:
    KspaceWriter(const std::filesystem::path&, const FastmriLayout&);
    static bool writes(const std::filesystem::path&);          // by the ending
    static bool takes_targets(const std::filesystem::path&);

    void write(int64_t slice, const Tensor& kspace, const Tensor& target = {});  // coils × H × W × 2
    void mask(const Tensor& sampled);                                            // W
    void commit();

private:
    std::filesystem::path path_;
    FastmriLayout layout_;
    std::unique_ptr<FastmriWriter> hdf5_;
    Tensor all_;
};

struct ImageRange {
    double low = 0, high = 0;  // black and white
};

// `stack`: slices × H × W, or with a last axis of 2 where `complex`; float32. PNG: the only slice, or an error; `range`
// is its values' own without one. Errors: usage (another ending; complex numbers in PNG), resources.
void write_images(const std::filesystem::path&, const Tensor& stack, bool complex, const NiftiHeader& geometry,
                  std::optional<ImageRange> range = {});
bool writes_images(const std::filesystem::path&);

// Coil maps coils × H × W × 2: .npy as they are, .cfl as BART's (read, phase 1, –, coil). Errors: usage, resources.
void write_maps(const std::filesystem::path&, const Tensor& maps);

}  // namespace adjoint
