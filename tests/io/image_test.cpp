// One image from any file, and what a file is by its content.
#include "io/image.h"

#include "io/file_kind.h"
#include "io/npy.h"
#include "io/png.h"
#include "io/safetensors.h"
#include "tests/io/io_test.h"

using namespace adjoint;
using namespace adjoint::io_test;

namespace {

const std::filesystem::path reference = std::filesystem::path(ADJOINT_TEST_DATA) / "io";

Tensor counting(const Shape& shape) {
    std::vector<float> values;
    for (int64_t i = 0; i < shape.count(); ++i) values.push_back(float(i));
    return Tensor::from(values, shape);
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("files are known by their content") {
    auto kind = [](const std::string& bytes) {
        MemoryInput input("some.file", bytes.data(), bytes.size());
        return kind_of(input);
    };
    CHECK(kind(content(reference / "grey8.png")) == FileKind::png);
    CHECK(kind(content(reference / "scalar.npy")) == FileKind::npy);
    for (const char* name : {"int16.nii", "float32_big.nii", "float64_v2.nii.gz", "int32_big_v2.nii.gz"})
        CHECK(kind(content(reference / name)) == FileKind::nifti);
    CHECK(kind(content(reference / "numpy.safetensors")) == FileKind::safetensors);
    CHECK(kind(bytes_of<uint64_t>(348) + "{") == FileKind::safetensors);
    CHECK(kind("# Dimensions\n1 1\n") == FileKind::cfl);
    const auto of_kind = [](Input& in) { kind_of(in); };
    CHECK(refused(of_kind, "", "the file is empty"));
    CHECK(refused(of_kind, "x", "no format that is read"));
    CHECK(refused(of_kind, std::string("PK\x03\x04", 4), "pickles are never read"));
    CHECK(refused(of_kind, std::string("\x80\x02", 2), "pickles are never read"));
    CHECK(kind(std::string("\x89HDF\r\n\x1a\n", 8)) == FileKind::hdf5);
    CHECK(refused(of_kind, std::string(128, '\0') + "DICM", "dcm2niix"));
    CHECK(refused(of_kind, "\xff\xd8\xff\xe0", "JPEG"));
    CHECK(refused(of_kind, "\x1f\x8b", "too early"));
}

TEST_CASE("images from PNG, NPY and NIfTI") {
    Scratch scratch;
    const Image png = read_image(reference / "grey16.png");
    CHECK(png.pixels.shape() == Shape{1, 3, 4});
    CHECK((png.nominal && png.low == 0 && png.high == 1));
    CHECK(png.source == "PNG picture, 16 bits");

    auto from_npy = [&](const Tensor& array, const std::string& slices = "") {
        write_npy(scratch / "a.npy", array);
        return read_image(scratch / "a.npy", {parse_slices(slices)});
    };
    CHECK(from_npy(counting({5, 6})).pixels.shape() == Shape{1, 5, 6});
    CHECK(from_npy(counting({3, 5, 6})).pixels.values<float>() == counting({3, 5, 6}).values<float>());
    CHECK(from_npy(counting({1, 1, 3, 5, 6})).pixels.shape() == Shape{3, 5, 6});
    const Tensor last = from_npy(counting({5, 6, 3})).pixels;
    CHECK(last.shape() == Shape{3, 5, 6});
    CHECK(last.values<float>()[1] == 3);
    CHECK(last.values<float>()[30] == 1);
    const Tensor plane = from_npy(counting({4, 5, 6}), "0:2").pixels;
    CHECK(plane.shape() == Shape{1, 5, 6});
    CHECK(plane.values<float>()[0] == 60);
    CHECK(!from_npy(counting({5, 6})).nominal);
    CHECK(read_image(reference / "uint8_big_fortran.npy", {parse_slices("0:1")}).high == 255);

    // numpy.rot90(nibabel's array[:, :, 1]): columns along x, the last y on top.
    const Image axial = read_image(reference / "int16.nii", {parse_slices("z:1")});
    CHECK(axial.pixels.shape() == Shape{1, 3, 4});
    CHECK(axial.pixels.values<float>() == std::vector<float>{70, 71, 72, 73, 60, 61, 62, 63, 50, 51, 52, 53});
    CHECK(axial.source == "NIfTI volume 4×3×2 of int16, slice 2:1");
    const Image sagittal = read_image(reference / "int16.nii", {parse_slices("x:3")});
    CHECK(sagittal.pixels.values<float>() == std::vector<float>{53, 63, 73, -47, -37, -27});
    const Image rgb = read_image(reference / "rgb.nii", {parse_slices("z:1")});
    CHECK(rgb.pixels.shape() == Shape{3, 3, 4});
    CHECK(rgb.pixels.values<float>()[0] == 120);
    CHECK(rgb.pixels.values<float>()[12] == 200);
    CHECK(rgb.pixels.values<float>()[24] == 1);
}

TEST_CASE("complex images are refused unless their magnitude is asked for") {
    for (const char* name : {"complex64.npy", "complex64.nii.gz"}) {
        const auto slices = parse_slices(std::string(name) == "complex64.npy" ? "0:1" : "z:1");
        const auto error = error_of([&] { read_image(reference / name, {slices}); });
        REQUIRE(error);
        CHECK(error->code == ExitCode::invalid_input);
        CHECK(error->found == "it holds complex numbers");
        CHECK(read_image(reference / name, {slices, true}).pixels.shape() == Shape{1, 3, 4});
    }
    const Image magnitude = read_image(reference / "complex64.npy", {parse_slices("0:1"), true});
    CHECK(magnitude.pixels.values<float>()[0] == float(std::hypot(50.0, 1.0)));
}

TEST_CASE("what is no image says so") {
    Scratch scratch;
    auto error = [&](const Tensor& array, const std::string& slices = "") {
        write_npy(scratch / "a.npy", array);
        return *error_of([&] { read_image(scratch / "a.npy", {parse_slices(slices)}); });
    };
    CHECK(error(counting({4})).code == ExitCode::usage);
    CHECK(error(counting({4, 5, 6})).advice.find("--slice 0:middle") != std::string::npos);
    CHECK(error(counting({4, 5, 6}), "3:0").code == ExitCode::usage);
    CHECK(error(Tensor::zeros({0, 7})).found == "the image 1×0×7 has no pixels");
    CHECK(error(Tensor::zeros({0, 7})).code == ExitCode::invalid_input);
    Tensor bad = counting({2, 3});
    bad.mutable_data<float>("test")[4] = NAN;
    CHECK(error(bad).found == "the pixel in row 1, column 1, is not a number");
    CHECK(error(bad).code == ExitCode::invalid_input);
    bad.mutable_data<float>("test")[4] = -INFINITY;
    CHECK(error(bad).found == "the pixel in row 1, column 1, is infinite");
    auto code = [](const char* name, const char* slices) {
        return error_of([&] { read_image(reference / name, {parse_slices(slices)}); })->code;
    };
    CHECK(code("int16.nii", "") == ExitCode::usage);
    CHECK(code("int16.nii", "x:0,y:0") == ExitCode::usage);
    CHECK(code("grey8.png", "0:0") == ExitCode::usage);
    CHECK(code("numpy.safetensors", "") == ExitCode::invalid_input);
}

TEST_CASE("ranges and normalising") {
    const Tensor x = Tensor::from(std::vector<float>{2, -2, NAN, 6, INFINITY}, {5});
    const ValueRange range = value_range(x);
    CHECK((range.low == -2 && range.high == 6 && range.not_finite == 2));
    CHECK(normalised(counting({5})).values<float>() == std::vector<float>{0, 0.25f, 0.5f, 0.75f, 1});
    CHECK(normalised(counting({3}), -1, 1).values<float>() == std::vector<float>{0.5f, 1, 1.5f});
    CHECK(normalised(Tensor::full({2}, 7)).values<float>() == std::vector<float>{0, 0});
}
