// HDF5 files as slices: fastMRI's layout, and arrays under other names.
//
// fastMRI (https://github.com/facebookresearch/fastMRI): /kspace, complex, slices × H × W (single coil) or
// slices × coils × H × W; /reconstruction_esc or /reconstruction_rss, slices × 320 × 320; /mask, W, in the test sets;
// /ismrmrd_header, XML; attributes max, norm, acquisition, patient_id.
#include "engine/error.h"
#include "io/hdf5/hdf5.h"
#include "io/mri_header.h"
#include "io/slices/slice_file.h"

namespace adjoint {

namespace {

class Hdf5Slices : public SliceFile {
public:
    std::string dataset, target_dataset;
    bool one_slice = false, one_target = false;  // the array has no axis of slices

    Tensor read(int64_t s) const override {
        const Tensor slice = one_slice ? read_hdf5(path, dataset) : read_hdf5(path, dataset, Type::float32, s, 1);
        expect_finite(slice, path, s);
        const Shape expected = content == Content::kspace ? Shape{coils, height, width, 2}
                               : complex                  ? Shape{height, width, 2}
                                                          : Shape{height, width};
        return viewed(slice, expected);
    }
    Tensor target(int64_t s) const override {
        if (!has_target) return {};
        const Tensor slice =
            one_target ? read_hdf5(path, target_dataset) : read_hdf5(path, target_dataset, Type::float32, s, 1);
        expect_finite(slice, path, s);
        const bool pairs = slice.size() == target_height * target_width * 2;
        return viewed(slice, pairs ? Shape{target_height, target_width, 2} : Shape{target_height, target_width});
    }
    Tensor mask(int64_t) const override { return has_mask ? read_hdf5(path, "/mask") : Tensor(); }

private:
    Tensor viewed(const Tensor& slice, const Shape& shape) const {
        if (slice.size() != shape.count())
            fail(ExitCode::invalid_input, "reading " + path.string(),
                 "its arrays have other shapes than when the data set was opened", "leave files alone");
        return slice.viewed_as(shape);
    }
};

const Hdf5Dataset& found(const Hdf5Contents& contents, const std::string& name, const FileInput& input) {
    if (const Hdf5Dataset* d = contents.find(name)) return *d;
    std::string names;
    for (const Hdf5Dataset& d : contents.datasets)
        if (names.size() < 200) names += (names.empty() ? "" : ", ") + d.path;
    input.refuse("", "it has no data set '" + name + "'",
                 names.empty() ? "it has none at all" : "it has " + names + ": name one of them");
}

void set_target(Hdf5Slices& file, const Hdf5Contents& contents, const SliceFileOptions& options,
                const FileInput& input) {
    std::string name = options.target_dataset;
    if (name.empty())
        for (const char* usual : {"/reconstruction_esc", "/reconstruction_rss"})
            if (contents.find(usual) && (name.empty() || file.coils > 1)) name = usual;
    if (name.empty()) return;
    const Hdf5Dataset& target = found(contents, name, input);
    const size_t rank = target.shape.size();
    if (!target.numbers || (rank != 3 && rank != 2) || (rank == 3 && target.shape[0] != file.slices) ||
        (rank == 2 && file.slices != 1))
        input.refuse("data set '" + name + "'",
                     "is " + target.type + " " + Shape(target.shape).text() + " beside " +
                         std::to_string(file.slices) + " slices",
                     "a target has the axes slices, H, W");
    check_hdf5(file.path, name);
    file.has_target = true;
    file.one_target = rank == 2;
    file.target_dataset = name;
    file.target_height = target.shape[rank - 2];
    file.target_width = target.shape[rank - 1];
}

}  // namespace

std::unique_ptr<SliceFile> open_hdf5_slices(const std::filesystem::path& path, const SliceFileOptions& options) {
    const FileInput input(path);
    const Hdf5Contents contents = read_hdf5_contents(path);
    if (!contents.find(options.dataset) && contents.find("/dataset/data") && contents.find("/dataset/xml"))
        return open_ismrmrd_slices(path, options);
    auto file = std::make_unique<Hdf5Slices>();
    file->path = path;
    const Hdf5Dataset& data = found(contents, options.dataset, input);
    const std::string field = "data set '" + data.path + "'";
    if (!data.numbers) input.refuse(field, "holds " + data.type + " instead of numbers", "");
    file->content = options.content != Content::by_format ? options.content
                    : data.complex                        ? Content::kspace
                                                          : Content::image;
    const bool kspace = file->content == Content::kspace;
    if (kspace && !data.complex) input.refuse(field, "holds real numbers", "k-space is complex");
    const size_t rank = data.shape.size();
    if (rank < 2 || rank > (kspace ? 4 : 3))
        input.refuse(field, "is an array " + Shape(data.shape).text(),
                     kspace ? "k-space has the axes (slices, (coils,)) H, W" : "images have the axes (slices,) H, W");
    uint64_t values = 2;
    for (const int64_t n : data.shape) {
        if (n < 1) input.refuse(field, "has an axis of size 0", "");
        values = checked_product(input, values, uint64_t(n), field);
    }
    check_hdf5(path, data.path);
    file->dataset = data.path;
    file->one_slice = rank == 2;
    file->complex = data.complex;
    file->width = data.shape[rank - 1];
    file->height = data.shape[rank - 2];
    file->slices = rank == 2 ? 1 : data.shape[0];
    file->coils = rank == 4 ? data.shape[1] : 1;
    file->attributes = contents.attributes;
    const Hdf5Dataset* xml = contents.find("/ismrmrd_header");
    file->format = xml || contents.find("/reconstruction_rss") || contents.find("/reconstruction_esc")
                       ? "fastMRI HDF5 file"
                       : "HDF5 file";
    set_target(*file, contents, options, input);
    const Hdf5Dataset* mask = contents.find("/mask");
    if (mask && kspace) {
        const std::vector<int64_t> columns = {file->width}, plane = {file->height, file->width};
        if (!mask->numbers || mask->complex || (mask->shape != columns && mask->shape != plane))
            input.refuse("data set '/mask'", "is " + mask->type + " " + Shape(mask->shape).text(),
                         "a mask has the axes W or H, W of k-space");
        file->has_mask = true;
    }
    MriHeader header;
    if (xml && xml->text)
        header = parse_mri_header(read_hdf5_text(path, "/ismrmrd_header"), "reading " + path.string());
    file->geometry = geometry_of(header, file->slices, file->height, file->width);
    return file;
}

}  // namespace adjoint
