#include "io/image.h"

#include <algorithm>
#include <cmath>

#include "engine/error.h"
#include "io/file_kind.h"
#include "io/nifti.h"
#include "io/npy.h"
#include "io/png.h"

namespace adjoint {

namespace {

// Permutes H×W×C to C×H×W.
Tensor channels_first(const Tensor& x) {
    const int64_t plane = x.shape()[0] * x.shape()[1], channels = x.shape()[2];
    Tensor y = Tensor::empty({channels, x.shape()[0], x.shape()[1]});
    const float* in = x.data<float>();
    float* out = y.mutable_data<float>("read_image");
    for (int64_t i = 0; i < plane; ++i)
        for (int64_t c = 0; c < channels; ++c) out[c * plane + i] = in[i * channels + c];
    return y;
}

// ... × 2 (re, im) to the moduli of the complex numbers.
Tensor moduli(const Tensor& x) {
    Tensor y = Tensor::empty(x.shape().without(x.rank() - 1));
    const float* in = x.data<float>();
    float* out = y.mutable_data<float>("read_image");
    for (int64_t i = 0; i < y.size(); ++i) out[i] = float(std::hypot(double(in[2 * i]), double(in[2 * i + 1])));
    return y;
}

std::string text_of(const std::vector<Slice>& slices) {
    std::string text;
    for (const auto& s : slices)
        text += std::string(text.empty() ? ", slice " : ",") + std::to_string(s.axis) + ":" +
                (s.middle ? "middle" : std::to_string(s.index));
    return text;
}

Tensor magnitude_if_asked(Input& input, const Tensor& complex, const ImageOptions& options) {
    if (!options.magnitude)
        input.refuse("", "it holds complex numbers", "take their magnitude first, so that no part is lost unseen");
    return moduli(complex);
}

[[noreturn]] void wrong_axes(const Input& input, const std::string& shape, const std::string& advice) {
    fail(ExitCode::usage, "reading " + input.name() + " as an image", "it is an array " + shape, advice);
}

// The layout of an array without axes named by its format.
Tensor as_channels_first(const Input& input, Tensor x) {
    while (x.rank() > 3 && x.shape()[0] == 1) x = x.viewed_as(x.shape().without(0));
    const Shape& s = x.shape();
    auto channels = [](int64_t n) { return n == 1 || n == 3; };
    if (s.rank() == 2) return x.viewed_as({1, s[0], s[1]});
    if (s.rank() == 3 && channels(s[0])) return x;
    if (s.rank() == 3 && channels(s[2])) return channels_first(x);
    wrong_axes(input, s.text(), s.rank() < 2 ? "an image has at least two axes"
                                             : "choose a plane by --slice AXIS:INDEX, for example --slice 0:middle");
}

Image read_npy_image(Input& input, const ImageOptions& options) {
    NpyHeader header;
    Tensor x = read_npy(input, Type::float32, &header);
    if (header.complex) x = magnitude_if_asked(input, x, options);
    x = sliced(x, options.slices, "reading " + input.name());
    Image image{as_channels_first(input, x)};
    image.nominal = !header.complex && (header.number == Number::uint8 || header.number == Number::uint16 ||
                                        header.number == Number::boolean);
    if (image.nominal) image.high = header.number == Number::uint8 ? 255 : header.number == Number::uint16 ? 65535 : 1;
    image.source = "NumPy array " + Shape(header.shape).text() + " of " + (header.complex ? "complex " : "") +
                   name_of(header.number);
    return image;
}

// A plane rows×columns(×C), rows along the file's second axis, to C×H×W with the last row first.
Tensor upright(const Tensor& plane, int64_t rows, int64_t columns, int64_t channels) {
    Tensor y = Tensor::empty({channels, rows, columns});
    const float* in = plane.data<float>();
    float* out = y.mutable_data<float>("read_image");
    for (int64_t c = 0; c < channels; ++c)
        for (int64_t r = 0; r < rows; ++r)
            for (int64_t i = 0; i < columns; ++i)
                out[(c * rows + r) * columns + i] = in[((rows - 1 - r) * columns + i) * channels + c];
    return y;
}

Image read_nifti_image(Input& input, const ImageOptions& options) {
    NiftiVolume volume = read_nifti(input, options.slices, Type::float32);
    const NiftiHeader& header = volume.header;
    Tensor x = volume.voxels;
    if (header.parts == 4)
        input.refuse("field 'datatype'", "is RGBA, whose transparency has no meaning here", "convert it to RGB24");
    if (header.parts == 2) x = magnitude_if_asked(input, x, options);
    const int64_t channels = header.parts == 3 ? 3 : 1;
    std::vector<int64_t> sizes = x.shape().vector();
    if (header.parts == 3) sizes.pop_back();
    std::vector<int64_t> longer;
    for (int64_t n : sizes)
        if (n > 1) longer.push_back(n);
    const std::string shape = Shape(header.size).text() + " (x, y, z, ...)";
    if (longer.size() > 2)
        wrong_axes(input, shape, "choose a plane by --slice AXIS:INDEX, for example --slice z:middle");
    if (longer.size() < 2 && sizes.size() != 2)
        wrong_axes(input, shape, "fewer than two of its axes are left: slice fewer of them");
    if (longer.size() < 2) longer = sizes;
    Image image{upright(x, longer[0], longer[1], channels)};
    image.source = "NIfTI volume " + Shape(header.size).text() + " of " + (header.parts == 2 ? "complex " : "") +
                   name_of(header.number);
    return image;
}

Image read_png_image(Input& input, const ImageOptions& options) {
    if (!options.slices.empty())
        fail(ExitCode::usage, "reading " + input.name() + text_of(options.slices), "a PNG picture has no slices",
             "leave --slice away");
    PngInfo info;
    Image image{read_png(input, &info)};
    image.nominal = true;
    image.source = "PNG picture, " + std::to_string(info.bits) + " bits";
    return image;
}

}  // namespace

Image read_image(Input& input, const ImageOptions& options) {
    Image image;
    switch (kind_of(input)) {
        case FileKind::png: image = read_png_image(input, options); break;
        case FileKind::npy: image = read_npy_image(input, options); break;
        case FileKind::nifti: image = read_nifti_image(input, options); break;
        case FileKind::safetensors:
            input.refuse("", "it is a safetensors file, and holds tensors instead of an image",
                         "give a PNG picture, a NumPy array or a NIfTI volume");
        case FileKind::cfl:
            input.refuse("", "it is a BART array, and holds complex numbers instead of an image",
                         "make an image of it (adjoint convert --rss, or --as image --magnitude)");
        case FileKind::hdf5:
            input.refuse("", "it is an HDF5 file, and may hold many arrays",
                         "take one of them out (adjoint convert --dataset NAME, --rss, --targets)");
    }
    image.source += text_of(options.slices);
    const Shape& shape = image.pixels.shape();
    if (shape.count() == 0) input.refuse("", "the image " + shape.text() + " has no pixels", "write it again");
    const float* x = image.pixels.data<float>();
    for (int64_t i = 0; i < shape.count(); ++i)
        if (!std::isfinite(x[i]))
            input.refuse("", std::string("the pixel in row ") + std::to_string(i / shape[2] % shape[1]) + ", column " +
                         std::to_string(i % shape[2]) + ", is " + (std::isnan(x[i]) ? "not a number" : "infinite"),
                         "replace such pixels, for example with numpy.nan_to_num");
    return image;
}

Image read_image(const std::filesystem::path& path, const ImageOptions& options) {
    FileInput input(path);
    return read_image(input, options);
}

namespace {

template <class T>
ValueRange range_of(const T* x, int64_t count) {
    ValueRange range;
    bool first = true;
    for (int64_t i = 0; i < count; ++i) {
        const double value = double(x[i]);
        if (!std::isfinite(value)) {
            ++range.not_finite;
            continue;
        }
        range.low = first ? value : std::min(range.low, value);
        range.high = first ? value : std::max(range.high, value);
        first = false;
    }
    return range;
}

}  // namespace

ValueRange value_range(const Tensor& tensor) {
    const Tensor host = tensor.to(Device::cpu);
    if (host.type() == Type::float32) return range_of(host.data<float>(), host.size());
    if (host.type() == Type::int64) return range_of(host.data<int64_t>(), host.size());
    const Tensor wide = host.to(Type::float64);
    return range_of(wide.data<double>(), wide.size());
}

Tensor normalised(const Tensor& x, double low, double high) {
    Tensor y = x.to(Device::cpu).to(Type::float64).copy();
    double* values = y.mutable_data<double>("normalised");
    for (int64_t i = 0; i < y.size(); ++i) values[i] = high > low ? (values[i] - low) / (high - low) : 0;
    return y.to(x.type() == Type::float64 ? Type::float64 : Type::float32).to(x.device());
}

Tensor normalised(const Tensor& x) {
    const ValueRange range = value_range(x);
    return normalised(x, range.low, range.high);
}

}  // namespace adjoint
