// adjoint convert: one file into another format.
//
// Two roads. Arrays keep their numbers in the order in which they lie: NIfTI (..., z, y, x), PNG (channel, row,
// column), safetensors and HDF5 arrays into NPY, NPY into NIfTI. All else goes by slices (io/dataset.h): k-space,
// coils × H × W, and images, H × W, take their places in the other format as io/slices/writers.h says.
#include <cmath>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>

#include "engine/error.h"
#include "io/file_kind.h"
#include "io/hdf5/hdf5.h"
#include "io/nifti.h"
#include "io/npy.h"
#include "io/png.h"
#include "io/safetensors.h"
#include "io/slices/writers.h"
#include "kernels/complex/complex.h"
#include "tools/commands/commands.h"
#include "tools/commands/slices_options.h"

namespace adjoint::commands {

namespace {

struct Options {
    SlicesOptions slices;
    std::string input, output, tensor, range;
    bool root_sum_of_squares = false, magnitude = false, targets = false, dataset_named = false;

    std::filesystem::path from() const { return input; }
    std::filesystem::path to() const { return output; }
    bool by_slices() const {
        return !slices.slices.empty() || !slices.size.empty() || !slices.content.empty() || root_sum_of_squares ||
               magnitude || targets;
    }
    [[noreturn]] void refuse(const std::string& found, const std::string& advice) const {
        fail(ExitCode::usage, "adjoint convert " + input + " " + output, found, advice);
    }
};

// ---- Arrays

struct Array {
    Tensor values;  // with a last axis of 2 where `complex`
    bool complex = false;
    std::string axes;
};

Array tensor_of(const Options& o) {
    const TensorFile file = read_safetensors(o.from());
    if (o.tensor.empty() && file.tensors.size() != 1)
        o.refuse("the file holds " + std::to_string(file.tensors.size()) + " tensors", "name one by --tensor");
    const Tensor* found = o.tensor.empty() ? &file.tensors[0].tensor : file.find(o.tensor);
    if (!found) o.refuse("there is no tensor '" + o.tensor + "'", "adjoint inspect lists them");
    return {*found};
}

Array hdf5_array_of(const Options& o) {
    const Hdf5Contents contents = read_hdf5_contents(o.from());
    const std::string& name = o.slices.dataset.hdf5_dataset;
    const Hdf5Dataset* d = contents.find(name);
    if (!d) o.refuse("there is no data set '" + name + "'", "adjoint inspect lists them");
    const bool wide = d->type == "float64" || d->type == "complex of float64";
    const Type type = d->integer ? Type::int64 : wide ? Type::float64 : Type::float32;
    return {read_hdf5(o.from(), name, type), d->complex};
}

// The file's array where its numbers go over as they lie; none: it goes by slices.
std::optional<Array> array_of(const Options& o, FileKind kind) {
    const bool to_npy = o.to().extension() == ".npy";
    const bool to_nifti = o.to().extension() == ".nii" || o.to().extension() == ".gz";
    if (kind == FileKind::safetensors) {
        if (!to_npy) o.refuse("a tensor of a safetensors file goes into a NumPy array", "choose an output .npy");
        return tensor_of(o);
    }
    if (o.by_slices()) return {};
    if (to_npy && kind == FileKind::nifti) {
        const NiftiVolume volume = read_nifti(o.from());
        const int parts = volume.header.parts;
        return Array{volume.voxels, parts == 2, parts > 2 ? " (..., z, y, x, colour)" : " (..., z, y, x)"};
    }
    if (to_npy && kind == FileKind::png) return Array{read_png(o.from()), false, " (channel, row, column)"};
    if (to_npy && kind == FileKind::hdf5 && o.dataset_named) return hdf5_array_of(o);
    if (to_nifti && kind == FileKind::npy) {
        FileInput input(o.from());
        NpyHeader header;
        const Tensor values = read_npy(input, {}, &header);
        return Array{values, header.complex, " (..., z, y, x)"};
    }
    return {};
}

void write_array(const Options& o, const Array& array) {
    if (o.to().extension() == ".npy")
        write_npy(o.to(), array.values, array.complex);
    else
        write_nifti(o.to(), array.values, {}, array.complex);
    Shape shape = array.values.shape();
    if (array.complex) shape = shape.without(shape.rank() - 1);
    std::cout << o.output << (array.complex ? ": complex array " : ": array ") << shape.text() << array.axes << "\n";
}

// ---- Slices

std::string text_of(int64_t slices, int64_t coils, int64_t height, int64_t width) {
    return std::to_string(slices) + (slices == 1 ? " slice" : " slices") +
           (coils ? " of " + std::to_string(coils) + (coils == 1 ? " coil, " : " coils, ") : " of ") +
           Shape{height, width}.text();
}

// √Σ_c |F⁻¹ y_c|²
Tensor root_sum_of_squares_image(const Tensor& kspace) {
    const Shape& s = kspace.shape();
    const Complex coils = ifft2(Complex{kspace.viewed_as({1, s[0], s[1], s[2], 2})});
    return root_sum_of_squares(coils).viewed_as({s[1], s[2]});
}

Tensor magnitude_of(const Tensor& image) { return image.rank() == 3 ? abs(Complex{image}) : image; }

// k-space into k-space, with the targets and the mask where the format holds them; images become single-coil k-space
// whose target is their magnitude.
void convert_kspace(const Options& o, const Dataset& set) {
    const SliceFile& file = set.file(0);
    const Dataset::Size size = set.size_of_sample(0);
    const bool image = file.content == Content::image, targets = KspaceWriter::takes_targets(o.to());
    FastmriLayout layout;
    layout.slices = set.size();
    layout.coils = size.coils;
    layout.height = size.height;
    layout.width = size.width;
    layout.single_coil = size.coils == 1;
    layout.geometry = set.geometry(0);
    const auto text = [&](const char* name) {
        const auto found = file.attributes.find(name);
        return found == file.attributes.end() ? "unknown" : found->second;
    };
    layout.acquisition = text("acquisition");
    layout.patient_id = text("patient_id");
    if (targets && set.has_targets()) {
        const Tensor first = set.target(0);
        layout.target_height = first.shape()[0];
        layout.target_width = first.shape()[1];
    }
    KspaceWriter writer(o.to(), layout);
    for (int64_t i = 0; i < set.size(); ++i)
        writer.write(i, set.kspace(i), layout.target_height > 0 ? magnitude_of(set.target(i)) : Tensor());
    std::string left;
    if (!image && file.has_mask) {
        const Tensor mask = set.mask(0);
        const bool held = targets && mask.rank() == 1;
        if (held)
            writer.mask(mask);
        else
            left += "; its mask stays behind";
    }
    writer.commit();
    if (file.has_target && !targets) left += "; its targets stay behind (--targets writes them)";
    std::cout << o.output << ": k-space, " << text_of(set.size(), size.coils, size.height, size.width) << left << "\n";
}

std::optional<ImageRange> range_of(const Options& o) {
    if (o.range.empty()) return {};
    ImageRange range;
    char colon = 0, more = 0;
    std::istringstream text(o.range);
    if (!(text >> range.low >> colon >> range.high) || colon != ':' || text >> more || !(range.low < range.high))
        fail(ExitCode::usage, "--range " + o.range, "it is not of the form LOW:HIGH", "for example --range 0:255");
    return range;
}

Tensor upside_down(const Tensor& image) {
    const int64_t rows = image.shape()[0], width = image.size() / rows;
    Tensor turned = Tensor::empty(image.shape());
    for (int64_t r = 0; r < rows; ++r)
        turned.slice_of_memory((rows - 1 - r) * width, {width}).copy_from(image.slice_of_memory(r * width, {width}));
    return turned;
}

void convert_images(const Options& o, const Dataset& set) {
    const bool kspace = set.file(0).content == Content::kspace;
    const auto image_of = [&](int64_t i) {
        if (kspace && !o.targets) return root_sum_of_squares_image(set.kspace(i));
        const Tensor image = set.target(i);
        if (!image) o.refuse("the file holds no targets", "leave --targets away; --rss makes images of k-space");
        return o.magnitude ? magnitude_of(image) : image;
    };
    const bool picture = o.to().extension() == ".png";
    const Tensor first = picture && set.file(0).rows_upwards ? upside_down(image_of(0)) : image_of(0);
    std::vector<int64_t> sizes = first.shape().vector();
    sizes.insert(sizes.begin(), set.size());
    Tensor stack = Tensor::empty(Shape(sizes));
    for (int64_t i = 0; i < set.size(); ++i)
        stack.slice_of_memory(i * first.size(), first.shape()).copy_from(i == 0 ? first : image_of(i));
    const bool complex = first.rank() == 3;
    if (picture && complex) o.refuse("a picture cannot show complex numbers", "give --magnitude");
    if (picture && set.size() > 1)
        o.refuse("a picture holds one slice, and there are " + std::to_string(set.size()),
                 "choose one by --slices NUMBER");
    NiftiHeader geometry = set.geometry(0);
    geometry.size[0] = first.shape()[1];
    geometry.size[1] = first.shape()[0];
    write_images(o.to(), stack, complex, geometry, range_of(o));
    std::cout << o.output << (complex ? ": complex images, " : ": images, ")
              << text_of(set.size(), 0, first.shape()[0], first.shape()[1]) << "\n";
}

void convert(Options& o) {
    if (o.output == o.input) o.refuse("input and output are the same file", "give another name");
    const bool images = writes_images(o.to()), kspace = KspaceWriter::writes(o.to());
    if (!images && !kspace)
        o.refuse("the output's ending is none of a format that is written",
                 "choose .npy, .cfl, .h5, .nii, .nii.gz or .png");
    if (!o.range.empty() && o.to().extension() != ".png") o.refuse("--range is for PNG pictures", "leave it away");
    const std::vector<std::filesystem::path> files = expand_pattern(o.input);
    if (files.size() != 1)
        o.refuse(std::to_string(files.size()) + " files have this name", "convert them one by one");
    o.input = files[0].string();
    FileKind kind;
    {
        FileInput input(files[0]);
        kind = kind_of(input);
    }
    if (const auto array = array_of(o, kind)) return write_array(o, *array);

    o.slices.files = {o.input};
    const Dataset set = o.slices.open();
    const bool from_kspace = set.file(0).content == Content::kspace;
    if (o.root_sum_of_squares && !from_kspace)
        o.refuse("--rss is for k-space, and the file holds images", "leave it away");
    const bool to_images = o.root_sum_of_squares || o.targets || !from_kspace;
    if (to_images && images) return convert_images(o, set);
    if (o.targets || o.root_sum_of_squares) o.refuse("this format holds k-space", "choose .npy, .cfl, .nii.gz or .png");
    if (!kspace)
        o.refuse("the file holds k-space, and this format images",
                 "--rss makes images of it, --targets writes the file's own, --as image takes the numbers for images");
    convert_kspace(o, set);
}

}  // namespace

void add_convert(CLI::App& app) {
    auto o = std::make_shared<Options>();
    CLI::App* convert_app = app.add_subcommand("convert", "Write a file's arrays, images or k-space in another format");
    convert_app->add_option("input", o->input, "PNG, NPY, NIfTI, BART, HDF5 (fastMRI, ISMRMRD) or safetensors")
        ->required();
    convert_app->add_option("output", o->output, ".npy, .cfl, .h5 (fastMRI's layout), .nii, .nii.gz or .png")
        ->required();
    o->slices.add(*convert_app);
    convert_app->add_flag("--rss", o->root_sum_of_squares, "k-space into images: the root sum of squares of the coils");
    convert_app->add_flag("--targets", o->targets, "The target images of the file instead of its k-space");
    convert_app->add_flag("--magnitude", o->magnitude, "Of complex images");
    convert_app->add_option("--range", o->range, "LOW:HIGH, what is black and white in a PNG; else the values' own");
    convert_app->add_option("--tensor", o->tensor, "Of a safetensors file");
    convert_app->footer(
        "k-space is coils x H x W, H being the readout (BART's dimension 0, fastMRI's first image axis) and W phase\n"
        "encoding (BART's dimension 1). Volumes keep their place in space.");
    convert_app->callback([o, convert_app] {
        o->dataset_named = convert_app->count("--dataset") > 0;
        convert(*o);
    });
}

}  // namespace adjoint::commands
