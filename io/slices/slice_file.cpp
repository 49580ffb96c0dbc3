#include "io/slices/slice_file.h"

#include <cmath>

#include "engine/error.h"
#include "io/file_kind.h"

namespace adjoint {

Tensor SliceFile::target(int64_t) const { return {}; }
Tensor SliceFile::mask(int64_t) const { return {}; }

std::unique_ptr<SliceFile> open_slices(const std::filesystem::path& path, const SliceFileOptions& options) {
    FileKind kind;
    {
        FileInput input(path);
        kind = kind_of(input);
        if (kind == FileKind::safetensors)
            input.refuse("", "it is a safetensors file, and holds tensors instead of slices",
                         "give k-space (HDF5, BART, NPY) or images (NIfTI, NPY, PNG)");
    }
    auto file = kind == FileKind::nifti  ? open_nifti_slices(path, options)
                : kind == FileKind::npy  ? open_npy_slices(path, options)
                : kind == FileKind::cfl  ? open_cfl_slices(path, options)
                : kind == FileKind::hdf5 ? open_hdf5_slices(path, options)
                                         : open_png_slices(path, options);
    file->path = path;
    return file;
}

void expect_finite(const Tensor& tensor, const std::filesystem::path& path, int64_t slice) {
    const float* x = tensor.data<float>();
    for (int64_t i = 0; i < tensor.size(); ++i)
        if (!std::isfinite(x[i]))
            fail(ExitCode::invalid_input, "reading " + path.string(),
                 "slice " + std::to_string(slice) + " holds a number that is " +
                     (std::isnan(x[i]) ? "NaN" : "infinite"),
                 "replace such numbers, for example with numpy.nan_to_num");
}

}  // namespace adjoint
