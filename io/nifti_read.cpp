#include "engine/error.h"
#include "io/gzip.h"
#include "io/nifti.h"

namespace adjoint {

namespace {

// Reads the selected voxels in the order in which they lie in the file, axis by axis from the slowest, and passes over
// the others.
struct Selection {
    Input& input;
    const NiftiHeader& header;
    std::vector<int64_t> fixed;    // the index on each axis, −1: all
    std::vector<uint64_t> voxels;  // voxels[a]: in a block that spans the axes below a
    size_t lowest_fixed;           // blocks below it are read whole
    Tensor& to;
    int64_t done = 0;

    void read(size_t axes) {  // a block that spans the axes below `axes`
        if (axes <= lowest_fixed) {
            const int64_t count = int64_t(voxels[axes]) * header.parts;
            read_numbers(input, header.number, header.big_endian, to, done, count, "the voxels");
            done += count;
            return;
        }
        const size_t axis = axes - 1;
        if (fixed[axis] < 0) {
            for (int64_t i = 0; i < header.size[axis]; ++i) read(axis);
            return;
        }
        skip(uint64_t(fixed[axis]) * voxels[axis]);
        read(axis);
        skip(uint64_t(header.size[axis] - fixed[axis] - 1) * voxels[axis]);
    }
    void skip(uint64_t count) { input.skip(count * uint64_t(header.parts) * size_of(header.number), "the voxels"); }
};

Type type_for(const NiftiHeader& header) {
    const bool narrow = size_of(header.number) <= 2 || header.number == Number::float32;
    return narrow ? Type::float32 : Type::float64;
}

template <class T>
void scale(Tensor& voxels, const NiftiHeader& header) {
    T* x = voxels.mutable_data<T>("scaling voxels");
    // Scaling is linear in complex numbers too, but the intercept is a real number.
    const int64_t step = header.parts;
    for (int64_t i = 0; i < voxels.size(); ++i)
        x[i] = T(header.slope * double(x[i]) + (i % step == 0 ? header.intercept : 0));
}

NiftiVolume read_uncompressed(Input& input, const std::vector<Slice>& slices, std::optional<Type> type) {
    NiftiVolume volume;
    NiftiHeader& header = volume.header;
    header = read_nifti_header(input);
    input.skip(header.data_offset - (header.version == 1 ? 348 : 540), "field 'vox_offset'");

    std::vector<uint64_t> voxels = {1};
    for (int64_t size : header.size)
        voxels.push_back(checked_product(input, voxels.back(), uint64_t(size), "field 'dim'"));
    const uint64_t bytes =
        checked_product(input, voxels.back(), size_of(header.number) * size_t(header.parts), "field 'dim'");
    input.require(bytes, "the volume");

    const auto fixed = fixed_indices(slices, header.size, "reading " + input.name());
    std::vector<int64_t> sizes;
    size_t lowest_fixed = header.size.size();
    for (size_t a = header.size.size(); a-- > 0;) {
        if (fixed[a] < 0)
            sizes.push_back(header.size[a]);
        else
            lowest_fixed = a;
    }
    if (header.parts > 1) sizes.push_back(header.parts);
    if (type == Type::int64)
        fail(ExitCode::usage, "reading " + input.name() + " as int64", "voxels are scaled", "use float64");
    volume.voxels = Tensor::empty(Shape(sizes), type ? *type : type_for(header));
    Selection selection{input, header, fixed, voxels, lowest_fixed, volume.voxels};
    selection.read(header.size.size());

    if (header.slope != 1 || header.intercept != 0) {
        if (volume.voxels.type() == Type::float32)
            scale<float>(volume.voxels, header);
        else
            scale<double>(volume.voxels, header);
    }
    return volume;
}

}  // namespace

NiftiVolume read_nifti(Input& input, const std::vector<Slice>& slices, std::optional<Type> type) {
    if (!begins_like_gzip(input)) return read_uncompressed(input, slices, type);
    GzipInput decompressed(input);
    NiftiVolume volume = read_uncompressed(decompressed, slices, type);
    decompressed.finish(1 << 20);  // some programs leave padding
    volume.header.compressed = true;
    return volume;
}

NiftiVolume read_nifti(const std::filesystem::path& path, const std::vector<Slice>& slices, std::optional<Type> type) {
    FileInput input(path);
    return read_nifti(input, slices, type);
}

}  // namespace adjoint
