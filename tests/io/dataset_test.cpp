// Data sets: files of every format as slices, with the axes, ranges, crops and geometry that io/dataset.h promises.
#include "io/dataset.h"

#include <thread>

#include "io/cfl.h"
#include "io/hdf5/hdf5.h"
#include "io/npy.h"
#include "io/png.h"
#include "kernels/fourier/fourier.h"
#include "tests/io/io_test.h"

using namespace adjoint;
using namespace adjoint::io_test;

namespace {

const std::filesystem::path reference = std::filesystem::path(ADJOINT_TEST_DATA) / "io";

// 0, 1, 2, … as float32.
Tensor counted(const Shape& shape) {
    std::vector<float> values(size_t(shape.count()));
    for (size_t i = 0; i < values.size(); ++i) values[i] = float(i);
    return Tensor::from(values, shape);
}

// The element of tests/reference/io's array.
float element(int64_t z, int64_t y, int64_t x) { return float(100 * z + 10 * y + x - 50); }

void check_equal(const Tensor& a, const Tensor& b, double tolerance = 0) {
    REQUIRE(a.shape() == b.shape());
    const auto x = a.values<float>(), y = b.values<float>();
    for (size_t i = 0; i < x.size(); ++i)
        if (!(std::fabs(double(x[i]) - double(y[i])) <= tolerance)) {
            CHECK(x[i] == y[i]);
            return;
        }
}

ExitCode code_of(auto&& action) {
    const auto error = error_of(action);
    return error ? error->code : ExitCode::done;
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("a volume is sliced across each of its axes, compressed or not") {
    for (const char* name : {"int16.nii", "float64_v2.nii.gz", "qform.nii.gz"}) {
        const double shift = std::string(name) == "qform.nii.gz" ? 50 : 0;
        for (const std::string axis : {"x", "y", "z"}) {
            const Dataset set({(reference / name).string()}, {.axis = axis});
            const int64_t slices = axis == "x" ? 4 : axis == "y" ? 3 : 2;
            REQUIRE(set.size() == slices);
            for (int64_t s = 0; s < slices; ++s) {
                const Tensor image = set.target(s);
                const auto size = set.size_of_sample(s);
                CHECK(size.coils == 1);
                REQUIRE(image.shape() == Shape{size.height, size.width});
                const auto values = image.values<float>();
                for (int64_t h = 0; h < size.height; ++h)
                    for (int64_t w = 0; w < size.width; ++w) {
                        const int64_t x = axis == "x" ? s : w, y = axis == "y" ? s : axis == "x" ? w : h;
                        const int64_t z = axis == "z" ? s : h;
                        CHECK(values[size_t(h * size.width + w)] == element(z, y, x) + float(shift));
                    }
            }
        }
    }
}

TEST_CASE("the stack of a volume's slices lies in space where the volume does, after cropping too") {
    const NiftiHeader volume = read_nifti(reference / "int16.nii").header;
    const auto place = [](const NiftiHeader& g, double i, double j, double k) {
        std::array<double, 3> p;
        for (size_t r = 0; r < 3; ++r) {
            const auto& row = g.affine[r];
            p[r] = row[0] * i + row[1] * j + row[2] * k + row[3];
        }
        return p;
    };
    for (const std::string axis : {"x", "y", "z"}) {
        const Dataset all({(reference / "int16.nii").string()}, {.axis = axis});
        const Dataset part({(reference / "int16.nii").string()},
                           {.axis = axis, .begin = 1, .every = 2, .height = 1, .width = 6});
        // The middle pixel, ⌊n/2⌋, of the first slice of `part` is that of slice 1 of `all`.
        const auto whole = all.geometry(0), cropped = part.geometry(0);
        CHECK(place(whole, double(whole.size[0] / 2), double(whole.size[1] / 2), 1) == place(cropped, 3, 0, 0));
        CHECK(cropped.spacing[2] == 2 * whole.spacing[2]);
        CHECK(cropped.size == std::vector<int64_t>{6, 1, part.size()});
        const double x = 1, y = 2, z = 0;
        CHECK(place(volume, x, y, z) == (axis == "x"   ? place(whole, y, z, x)
                                         : axis == "y" ? place(whole, x, z, y)
                                                       : place(whole, x, y, z)));
    }
}

TEST_CASE("k-space of an image is its transform; of a file of k-space, what stands there") {
    const Dataset images({(reference / "int16.nii").string()});
    const Tensor k = images.kspace(1), back = ifft2(k);
    REQUIRE(k.shape() == Shape{1, 3, 4, 2});
    for (int64_t i = 0; i < 12; ++i) {
        CHECK(back.values<float>()[size_t(2 * i)] == doctest::Approx(element(1, i / 4, i % 4)));
        CHECK(std::fabs(back.values<float>()[size_t(2 * i + 1)]) < 1e-4);
    }
    Scratch scratch;
    const Tensor stored = counted({3, 2, 4, 5, 2});
    write_npy(scratch / "k.npy", stored, true);
    const Dataset set({(scratch / "k.npy").string()});
    REQUIRE(set.size() == 3);
    CHECK(set.size_of_sample(0).coils == 2);
    for (int64_t s = 0; s < 3; ++s) check_equal(set.kspace(s), stored.slice_of_memory(s * 80, {2, 4, 5, 2}));
    CHECK(!set.target(0));
    CHECK(!set.has_targets());
    // The same numbers as complex images.
    write_npy(scratch / "i.npy", counted({3, 4, 5, 2}), true);
    const Dataset complex({(scratch / "i.npy").string()}, {.content = Content::image});
    check_equal(complex.target(2), counted({3, 4, 5, 2}).slice_of_memory(80, {4, 5, 2}));
    check_equal(ifft2(complex.kspace(2)).viewed_as({4, 5, 2}), complex.target(2), 1e-4);
}

TEST_CASE("NumPy arrays in Fortran order and big-endian ones") {
    const Dataset set({(reference / "complex128_big_fortran.npy").string()});  // a − 2j x: 2 coils of 3×4
    REQUIRE(set.size() == 1);
    const Tensor k = set.kspace(0);
    REQUIRE(k.shape() == Shape{2, 3, 4, 2});
    for (int64_t i = 0; i < 24; ++i) {
        CHECK(k.values<float>()[size_t(2 * i)] == element(i / 12, i / 4 % 3, i % 4));
        CHECK(k.values<float>()[size_t(2 * i + 1)] == float(-2 * (i % 4)));
    }
    const Dataset real({(reference / "int16_fortran.npy").string()});
    REQUIRE(real.size() == 2);
    CHECK(real.target(1).values<float>()[5] == element(1, 1, 1));
    // A cache too small for anything reads again each time.
    const Dataset uncached({(reference / "int16_fortran.npy").string()}, {.cache_bytes = 0});
    check_equal(uncached.target(1), real.target(1));
    check_equal(uncached.target(0), real.target(0));
}

TEST_CASE("BART's readout is H, its phase encoding W") {
    Scratch scratch;
    const Tensor stored = counted({3, 2, 4, 5, 2});  // slice, coil, phase 1, read
    write_cfl(scratch / "k.cfl", stored, {13, 3, 1, 0});
    for (const char* name : {"k", "k.cfl", "k.hdr", "k.*"}) {
        const Dataset set({(scratch / name).string()});
        REQUIRE(set.files() == 1);
        REQUIRE(set.size() == 3);
        const Tensor k = set.kspace(2);
        REQUIRE(k.shape() == Shape{2, 5, 4, 2});
        for (int64_t c = 0; c < 2; ++c)
            for (int64_t h = 0; h < 5; ++h)
                for (int64_t w = 0; w < 4; ++w)
                    CHECK(k.values<float>()[size_t(((c * 5 + h) * 4 + w) * 2)] ==
                          float((((2 * 2 + c) * 4 + w) * 5 + h) * 2));
    }
    write_cfl(scratch / "planes.cfl", counted({2, 3, 4, 2}), {3, 2, 1});  // no readout: two phases
    const Dataset planes({(scratch / "planes").string()});
    CHECK(planes.size_of_sample(0).height == 4);
    CHECK(planes.size_of_sample(0).width == 3);
    write_cfl(scratch / "volume.cfl", counted({2, 3, 4, 2}), {2, 1, 0});
    CHECK(code_of([&] { Dataset({(scratch / "volume").string()}); }) == ExitCode::invalid_input);
    write_cfl(scratch / "maps.cfl", counted({2, 3, 4, 2}), {4, 1, 0});
    CHECK(code_of([&] { Dataset({(scratch / "maps").string()}); }) == ExitCode::invalid_input);
    CHECK(code_of([&] { Dataset({(scratch / "k").string()}, {.content = Content::image}); }) ==
          ExitCode::invalid_input);
}

TEST_CASE("cropping and padding keep the index ⌊n/2⌋ at the centre") {
    for (int64_t h = 1; h < 7; ++h)
        for (int64_t to = 1; to < 9; ++to) {
            const Tensor x = counted({2, h, 1, 2}), y = centred(x, to, 3, 2);
            REQUIRE(y.shape() == Shape{2, to, 3, 2});
            const auto out = y.values<float>(), in = x.values<float>();
            for (int64_t p = 0; p < 2; ++p)
                for (int64_t r = 0; r < to; ++r)
                    for (int64_t w = 0; w < 3; ++w)
                        for (int64_t part = 0; part < 2; ++part) {
                            const int64_t from = r - to / 2 + h / 2;
                            const bool inside = w == 1 && from >= 0 && from < h;
                            const float expected = inside ? in[size_t((p * h + from) * 2 + part)] : 0;
                            CHECK(out[size_t(((p * to + r) * 3 + w) * 2 + part)] == expected);
                        }
        }
    // K-space cropped in the image: the low-resolution part of a constant stays constant.
    Scratch scratch;
    write_npy(scratch / "k.npy", fft2(counted({1, 8, 6, 2})), true);
    const Dataset set({(scratch / "k.npy").string()}, {.height = 4, .width = 9});
    check_equal(ifft2(set.kspace(0)), centred(counted({1, 8, 6, 2}), 4, 9, 2), 1e-4);
}

TEST_CASE("globs in alphabetical order, ranges of slices, targets beside") {
    Scratch scratch;
    for (const char* name : {"b.npy", "a.npy", "c.npy"})
        write_npy(scratch / name, Tensor::full({6, 2, 2}, name[0]));
    const Dataset set({(scratch / "[ab].npy").string(), (scratch / "c*").string()},
                      {.begin = 1, .end = -1, .every = 2});
    REQUIRE(set.size() == 6);
    CHECK(set.name(0) == "a.npy, slice 1");
    CHECK(set.name(3) == "b.npy, slice 3");
    CHECK(set.target(5).values<float>()[0] == 'c');
    CHECK(set.has_targets());

    write_npy(scratch / "k.npy", counted({6, 1, 2, 2, 2}), true);
    const Dataset pairs({(scratch / "k.npy").string()}, {.targets = {(scratch / "c.npy").string()}});
    CHECK(pairs.has_targets());
    CHECK(pairs.target(4).values<float>()[3] == 'c');
    write_npy(scratch / "short.npy", Tensor::zeros({5, 2, 2}));
    const std::string k = (scratch / "k.npy").string();
    CHECK(code_of([&] { Dataset({k}, {.targets = {(scratch / "short.npy").string()}}); }) == ExitCode::usage);
    CHECK(code_of([&] { Dataset({k, k}, {.targets = {(scratch / "c.npy").string()}}); }) == ExitCode::usage);
}

TEST_CASE("slices are read from several threads at once") {
    const Dataset set({(reference / "float64_v2.nii.gz").string(), (reference / "int16.nii").string()});
    std::vector<std::thread> threads;
    std::vector<std::vector<float>> seen(8);
    for (size_t t = 0; t < seen.size(); ++t)
        threads.emplace_back([&, t] { seen[t] = set.target(int64_t(t % 4)).values<float>(); });
    for (auto& thread : threads) thread.join();
    for (size_t t = 0; t < seen.size(); ++t) CHECK(seen[t][0] == element(int64_t(t % 2), 0, 0));
}

TEST_CASE("what is no data set is refused with the right code") {
    Scratch scratch;
    const std::string volume = (reference / "int16.nii").string();
    CHECK(code_of([&] { Dataset({}); }) == ExitCode::usage);
    CHECK(code_of([&] { Dataset({(scratch / "*.npy").string()}); }) == ExitCode::invalid_input);
    CHECK(code_of([&] { Dataset({scratch.path.string()}); }) == ExitCode::invalid_input);
    CHECK(code_of([&] { Dataset({volume}, {.axis = "t"}); }) == ExitCode::usage);
    CHECK(code_of([&] { Dataset({volume}, {.axis = ""}); }) == ExitCode::usage);
    CHECK(code_of([&] { Dataset({volume}, {.begin = 2}); }) == ExitCode::usage);
    CHECK(code_of([&] { Dataset({volume}, {.begin = -3}); }) == ExitCode::usage);
    CHECK(code_of([&] { Dataset({volume}, {.every = 0}); }) == ExitCode::usage);
    CHECK(code_of([&] { Dataset({volume}, {.height = -1}); }) == ExitCode::usage);
    CHECK(code_of([&] { Dataset({volume}, {.content = Content::kspace}); }) == ExitCode::usage);
    CHECK(code_of([&] { Dataset({(reference / "rgb.nii").string()}); }) == ExitCode::invalid_input);
    CHECK(code_of([&] { Dataset({(reference / "rgb8.png").string()}); }) == ExitCode::invalid_input);
    CHECK(code_of([&] { Dataset({(reference / "scalar.npy").string()}); }) == ExitCode::invalid_input);
    CHECK(code_of([&] { Dataset({(reference / "numpy.safetensors").string()}); }) == ExitCode::invalid_input);
    CHECK(code_of([&] { Dataset({(reference / "float32.npy").string()}, {.content = Content::kspace}); }) ==
          ExitCode::invalid_input);
    const Dataset set({volume});
    CHECK(code_of([&] { set.kspace(2); }) == ExitCode::usage);
    CHECK(code_of([&] { set.kspace(-1); }) == ExitCode::usage);

    Tensor broken = counted({1, 1, 2, 2, 2});
    broken.mutable_data<float>("test")[3] = NAN;
    write_npy(scratch / "nan.npy", broken, true);
    const Dataset nan({(scratch / "nan.npy").string()});
    CHECK(code_of([&] { nan.kspace(0); }) == ExitCode::invalid_input);
    // A file that changes after it was opened.
    write_npy(scratch / "nan.npy", counted({1, 1, 2, 3, 2}), true);
    CHECK(code_of([&] { nan.kspace(0); }) == ExitCode::invalid_input);
    put(scratch / "nan.npy", content(scratch / "nan.npy").substr(0, 150));
    CHECK(code_of([&] { nan.kspace(0); }) == ExitCode::invalid_input);
    // A BART array whose data are cut off.
    write_cfl(scratch / "k.cfl", counted({2, 4, 5, 2}), {3, 1, 0});
    put(scratch / "k.cfl", content(scratch / "k.cfl").substr(0, 319));
    CHECK(code_of([&] { Dataset({(scratch / "k").string()}); }) == ExitCode::invalid_input);
}

TEST_CASE("fastMRI's files: several coils, one coil, targets, mask, attributes") {
    if (!hdf5_in_build()) return;
    const Dataset many({(reference / "fastmri_multicoil.h5").string()});
    REQUIRE(many.size() == 3);
    CHECK(many.has_targets());
    CHECK(many.file(0).format == "fastMRI HDF5 file");
    CHECK(many.file(0).attributes.at("acquisition") == "AXT2");
    CHECK(many.geometry(0).spacing == std::vector<double>{250 / 3.0, 60, 4.5});
    for (int64_t s = 0; s < 3; ++s) {
        const Tensor k = many.kspace(s);
        REQUIRE(k.shape() == Shape{2, 6, 5, 2});
        for (int64_t i = 0; i < 60; ++i) {
            CHECK(k.values<float>()[size_t(2 * i)] == float(100 * s + 10 * (i / 30) + i / 5 % 6));
            CHECK(k.values<float>()[size_t(2 * i + 1)] == float(i % 5));
        }
        REQUIRE(many.target(s).shape() == Shape{4, 3});
        CHECK(many.target(s).values<float>()[7] == float(100 * s + 21));
        CHECK(many.mask(s).values<float>() == std::vector<float>{1, 0, 1, 1, 0});
    }
    const Dataset one({(reference / "fastmri_singlecoil.h5").string()});
    REQUIRE(one.size() == 3);
    CHECK(one.size_of_sample(0).coils == 1);
    CHECK(one.kspace(2).values<float>()[10] == 201);
    CHECK(one.target(1).values<float>()[0] == 100);  // _esc goes first where there is one coil
    CHECK(!one.mask(0));
    const Dataset rss({(reference / "fastmri_singlecoil.h5").string()}, {.hdf5_target = "/reconstruction_rss"});
    CHECK(rss.target(1).values<float>()[0] == 101);
    // Another array, as images.
    const Dataset images({(reference / "kinds.h5").string()}, {.hdf5_dataset = "/i8"});
    REQUIRE(images.size() == 2);
    CHECK(images.target(1).values<float>()[11] == 18);

    const auto code = [&](const char* name, const DatasetOptions& o) {
        return code_of([&] { Dataset({(reference / name).string()}, o); });
    };
    CHECK(code("kinds.h5", {}) == ExitCode::invalid_input);
    CHECK(code("kinds.h5", {.hdf5_dataset = "/text"}) == ExitCode::invalid_input);
    CHECK(code("kinds.h5", {.hdf5_dataset = "/empty"}) == ExitCode::invalid_input);
    CHECK(code("kinds.h5", {.content = Content::kspace, .hdf5_dataset = "/f4"}) == ExitCode::invalid_input);
    CHECK(code("kinds.h5", {.hdf5_dataset = "/i8", .hdf5_target = "/scalar"}) == ExitCode::invalid_input);
    CHECK(code("kinds.h5", {.hdf5_dataset = "/i8", .hdf5_target = "/none"}) == ExitCode::invalid_input);
    CHECK(code("sparse.h5", {}) == ExitCode::invalid_input);
}

TEST_CASE("ISMRMRD's acquisitions are sorted: reversed, averaged, discarded, asymmetric and missing ones") {
    if (!hdf5_in_build()) return;
    const Dataset set({(reference / "lines.h5").string()});
    REQUIRE(set.size() == 2);
    CHECK(set.file(0).format == "ISMRMRD HDF5 file");
    for (int64_t s = 0; s < 2; ++s) {
        CHECK(set.mask(s).values<float>() == std::vector<float>{1, 1, 0, 1, 1});
        const Tensor k = set.kspace(s);
        REQUIRE(k.shape() == Shape{2, 6, 5, 2});
        for (int64_t i = 0; i < 60; ++i) {
            const int64_t c = i / 30, h = i / 5 % 6, w = i % 5;
            const bool there = w != 2 && !(w == 1 && h < 2);  // the echo of line 1 begins late
            CHECK(k.values<float>()[size_t(2 * i)] == (there ? float(100 * s + 10 * c + h) : 0));
            CHECK(k.values<float>()[size_t(2 * i + 1)] == (there ? float(w) : 0));
        }
    }
    CHECK(set.geometry(0).spacing == std::vector<double>{50, 40, 4.5});
    // Oversampling goes, with what lies outside of the field of view.
    const Dataset over({(reference / "oversampled.h5").string()});
    REQUIRE(over.size_of_sample(0).height == 6);
    CHECK(!over.mask(0));
    const auto image = ifft2(over.kspace(0)).values<float>();
    for (int64_t i = 0; i < 30; ++i) CHECK(image[size_t(2 * i)] == doctest::Approx(i / 5 * 10 + i % 5).epsilon(1e-4));
    const Dataset kept({(reference / "oversampled.h5").string()}, {.keep_oversampling = true});
    CHECK(kept.size_of_sample(0).height == 12);
    CHECK(std::fabs(ifft2(kept.kspace(0)).values<float>()[0] - 77) < 1e-3);
    CHECK(code_of([&] { Dataset({(reference / "lines.h5").string()}, {.content = Content::image}); }) ==
          ExitCode::usage);
}
