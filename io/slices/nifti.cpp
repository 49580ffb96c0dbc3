// NIfTI volumes as slices: real or complex images across one of their first three axes.
#include <cmath>

#include "engine/error.h"
#include "io/gzip.h"
#include "io/slices/slice_file.h"

namespace adjoint {

namespace {

class NiftiSlices : public SliceFile {
public:
    NiftiHeader header;
    int axis = 2;
    std::shared_ptr<VolumeCache> cache;

    // A compressed file is read as a whole and kept, for its slices have no address.
    Tensor read(int64_t s) const override {
        const std::vector<Slice> slice = {{axis, s % header.size[size_t(axis)]}, {3, s / header.size[size_t(axis)]}};
        const bool moving = header.size.size() > 3;
        const std::vector<Slice> fixed(slice.begin(), slice.begin() + (moving ? 2 : 1));
        Tensor plane;
        if (header.compressed) {
            const Tensor volume = cache->get(path, [&] { return read_nifti(path, {}, Type::float32).voxels; });
            std::vector<Slice> reversed;  // the tensor's axes run the other way
            for (const Slice& f : fixed) reversed.push_back({int(header.size.size()) - 1 - f.axis, f.index});
            plane = sliced(volume, reversed, "reading " + path.string());
        } else {
            plane = read_nifti(path, fixed, Type::float32).voxels;
        }
        plane = plane.viewed_as(complex ? Shape{height, width, 2} : Shape{height, width});
        expect_finite(plane, path, s);
        return plane;
    }
};

// The geometry of the stack slices × height × width, whose own x, y, z are `axes` of the volume.
NiftiHeader stacked(const NiftiHeader& volume, const std::array<size_t, 3>& axes) {
    NiftiHeader stack = volume;
    for (size_t i = 0; i < 3; ++i) {
        stack.size[i] = volume.size[axes[i]];
        stack.spacing[i] = volume.spacing[axes[i]];
        for (auto& row : stack.affine) row[i] = volume.affine[size_t(&row - stack.affine.data())][axes[i]];
    }
    return stack;
}

}  // namespace

std::unique_ptr<SliceFile> open_nifti_slices(const std::filesystem::path& path, const SliceFileOptions& options) {
    const std::string who = "reading " + path.string();
    const size_t axis = options.axis.size() == 1 ? std::string("xyz").find(options.axis) : std::string::npos;
    if (axis == std::string::npos)
        fail(ExitCode::usage, who, "there is no axis '" + options.axis + "' to slice volumes across",
             "choose x, y or z");
    if (options.content == Content::kspace)
        fail(ExitCode::usage, who, "NIfTI volumes hold images, and k-space was asked for",
             "give k-space as HDF5, BART or NPY");
    auto file = std::make_unique<NiftiSlices>();
    FileInput input(path);
    if (begins_like_gzip(input)) {
        GzipInput decompressed(input);
        file->header = read_nifti_header(decompressed);
        file->header.compressed = true;
    } else {
        file->header = read_nifti_header(input);
    }
    NiftiHeader& header = file->header;
    if (header.parts > 2)
        input.refuse("", "its voxels are colours", "give volumes of real or complex numbers");
    while (header.size.size() < 3) {
        header.size.push_back(1);
        header.spacing.push_back(1);
    }
    int64_t moments = 1;
    for (size_t a = 3; a < header.size.size(); ++a) moments = int64_t(checked_product(input, uint64_t(moments),
                                                                           uint64_t(header.size[a]), "field 'dim'"));
    if (header.size.size() > 4 && moments > header.size[3])
        input.refuse("", "it has more than four axes longer than 1", "split it into volumes of x, y, z, t");
    const std::array<size_t, 3> axes = axis == 2   ? std::array<size_t, 3>{0, 1, 2}
                                       : axis == 1 ? std::array<size_t, 3>{0, 2, 1}
                                                   : std::array<size_t, 3>{1, 2, 0};
    file->axis = int(axis);
    file->cache = options.cache;
    file->format = name_of(header.number) + std::string(" NIfTI volume");
    file->content = Content::image;
    file->complex = header.parts == 2;
    file->rows_upwards = true;  // for the usual orientations (io/image.h)
    file->geometry = stacked(header, axes);
    file->width = header.size[axes[0]];
    file->height = header.size[axes[1]];
    file->slices = int64_t(checked_product(input, uint64_t(header.size[axes[2]]), uint64_t(moments), "field 'dim'"));
    return file;
}

}  // namespace adjoint
