// Arrays as slices: NumPy's, BART's, and single PNG pictures.
#include "engine/error.h"
#include "io/cfl.h"
#include "io/npy.h"
#include "io/png.h"
#include "io/slices/slice_file.h"

namespace adjoint {

namespace {

class NpySlices : public SliceFile {
public:
    NpyHeader header;
    std::shared_ptr<VolumeCache> cache;

    Tensor read(int64_t s) const override {
        const int64_t parts = header.complex ? 2 : 1, block = coils * height * width * parts;
        Tensor plane = Tensor::empty({block});
        FileInput input(path);
        if (header.fortran_order) {
            const Tensor whole = cache->get(path, [&] { return read_npy(path, Type::float32); });
            plane.copy_from(whole.slice_of_memory(s * block, {block}));
        } else {
            const NpyHeader now = read_npy_header(input);
            if (now.shape != header.shape || now.type != header.type)
                input.refuse("the header", "is another one than when the data set was opened", "leave files alone");
            input.skip(uint64_t(s * block) * size_of(header.number), "the array");
            read_numbers(input, header.number, header.big_endian, plane, 0, block, "the array");
        }
        expect_finite(plane, path, s);
        if (content == Content::kspace) return plane.viewed_as({coils, height, width, 2});
        return plane.viewed_as(complex ? Shape{height, width, 2} : Shape{height, width});
    }
};

class CflSlices : public SliceFile {
public:
    std::vector<int64_t> sizes;

    Tensor read(int64_t s) const override {
        FileInput header(std::filesystem::path(path).replace_extension(".hdr"));
        if (read_cfl_sizes(header) != sizes)
            header.refuse("the header", "is another one than when the data set was opened", "leave files alone");
        FileInput data(std::filesystem::path(path).replace_extension(".cfl"));
        const int64_t plane = height * width * 2, block = coils * plane;
        data.skip(uint64_t(s * block) * 4, "the data");
        Tensor stored = Tensor::empty({block}), slice = Tensor::empty({coils, height, width, 2});
        read_numbers(data, Number::float32, false, stored, 0, block, "the data");
        expect_finite(stored, path, s);
        // Stored as coil, phase, read with the readout fastest.
        const float* from = stored.data<float>();
        float* to = slice.mutable_data<float>("reading slices");
        for (int64_t c = 0; c < coils; ++c)
            for (int64_t w = 0; w < width; ++w)
                for (int64_t h = 0; h < height; ++h)
                    for (int64_t part = 0; part < 2; ++part)
                        to[((c * height + h) * width + w) * 2 + part] = from[((c * width + w) * height + h) * 2 + part];
        return content == Content::kspace ? slice : slice.viewed_as({height, width, 2});
    }
};

class PngSlice : public SliceFile {
public:
    Tensor read(int64_t) const override {
        const Tensor picture = read_png(path);
        return picture.viewed_as({height, width});
    }
};

[[noreturn]] void wrong_shape(const Input& input, const std::vector<int64_t>& shape, const std::string& advice) {
    input.refuse("", "it is an array " + (shape.empty() ? "scalar" : Shape(shape).text()), advice);
}

}  // namespace

std::unique_ptr<SliceFile> open_npy_slices(const std::filesystem::path& path, const SliceFileOptions& options) {
    auto file = std::make_unique<NpySlices>();
    FileInput input(path);
    file->header = read_npy_header(input);
    const NpyHeader& header = file->header;
    const std::vector<int64_t>& shape = header.shape;
    file->content = options.content != Content::by_format ? options.content
                    : header.complex                      ? Content::kspace
                                                          : Content::image;
    const bool kspace = file->content == Content::kspace;
    if (kspace && !header.complex)
        wrong_shape(input, shape, "k-space is an array of complex numbers (complex64): convert it");
    const size_t rank = shape.size();
    if (rank < 2 || rank > (kspace ? 4 : 3))
        wrong_shape(input, shape, kspace ? "k-space has the axes (slices, coils,) H, W or coils, H, W"
                                         : "images have the axes (slices,) H, W");
    for (const int64_t n : shape)
        if (n < 1) wrong_shape(input, shape, "an axis of size 0 holds nothing");
    file->cache = options.cache;
    file->format = "NumPy array";
    file->complex = header.complex;
    file->width = shape[rank - 1];
    file->height = shape[rank - 2];
    file->coils = kspace && rank > 2 ? shape[rank - 3] : 1;
    file->slices = kspace ? (rank == 4 ? shape[0] : 1) : (rank == 3 ? shape[0] : 1);
    file->geometry.size = {file->width, file->height, file->slices};
    file->geometry.spacing = {1, 1, 1};
    return file;
}

std::unique_ptr<SliceFile> open_cfl_slices(const std::filesystem::path& path, const SliceFileOptions& options) {
    auto file = std::make_unique<CflSlices>();
    FileInput input(std::filesystem::path(path).replace_extension(".hdr"));
    file->sizes = read_cfl_sizes(input);
    std::vector<int64_t> sizes = file->sizes;
    sizes.resize(16, 1);
    uint64_t bytes = 8;
    for (const int64_t n : sizes) bytes = checked_product(input, bytes, uint64_t(n), "the header");
    FileInput data(std::filesystem::path(path).replace_extension(".cfl"));
    if (data.size() != bytes)
        data.refuse("the data",
                    "have " + std::to_string(data.size()) + " bytes, and the sizes in the header need " +
                        std::to_string(bytes),
                    "the file is truncated, or belongs to another header");
    // The plane: read × phase 1, or the two of read, phase 1 and phase 2 that are longer than 1.
    std::vector<int64_t> plane;
    for (int d = 0; d < 3; ++d)
        if (sizes[size_t(d)] > 1) plane.push_back(sizes[size_t(d)]);
    if (plane.size() > 2)
        input.refuse("", "it has two directions of phase encoding",
                     "transform it along the readout (bart fft -i -u 1) and give its planes (bart slice)");
    if (plane.size() < 2) plane = {sizes[0], sizes[1] * sizes[2]};
    if (sizes[4] > 1) input.refuse("", "it has several maps (dimension 4)", "give the k-space of each alone");
    file->format = "BART array";
    file->content = options.content == Content::image ? Content::image : Content::kspace;
    file->height = plane[0];
    file->width = plane[1];
    file->coils = sizes[3];
    file->slices = 1;
    for (size_t d = 5; d < 16; ++d) file->slices *= sizes[d];
    if (file->content == Content::image && file->coils > 1)
        input.refuse("", "it has " + std::to_string(file->coils) + " coils, and an image was asked for",
                     "combine them first (bart rss 8)");
    file->geometry.size = {file->width, file->height, file->slices};
    file->geometry.spacing = {1, 1, 1};
    return file;
}

std::unique_ptr<SliceFile> open_png_slices(const std::filesystem::path& path, const SliceFileOptions& options) {
    auto file = std::make_unique<PngSlice>();
    FileInput input(path);
    const PngInfo info = read_png_info(input);
    if (options.content == Content::kspace)
        fail(ExitCode::usage, "reading " + path.string(), "PNG pictures hold images, and k-space was asked for",
             "give k-space as HDF5, BART or NPY");
    if (info.channels != 1) input.refuse("", "it is a colour picture", "convert it to grey");
    file->format = "PNG picture";
    file->content = Content::image;
    file->complex = false;
    file->height = info.height;
    file->width = info.width;
    file->slices = 1;
    file->geometry.size = {file->width, file->height, 1};
    file->geometry.spacing = {1, 1, 1};
    return file;
}

}  // namespace adjoint
