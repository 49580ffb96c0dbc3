// NIfTI volumes: nibabel's files, our own, and damage.
#include "io/nifti.h"

#include "io/gzip.h"
#include "tests/io/io_test.h"

using namespace adjoint;
using namespace adjoint::io_test;

namespace {

const std::filesystem::path reference = std::filesystem::path(ADJOINT_TEST_DATA) / "io";
const auto reading = [](Input& in) { read_nifti(in); };

double element(int64_t i) { return double(100 * (i / 12) + 10 * (i / 4 % 3) + i % 4 - 50); }  // see npy_test.cpp

std::vector<double> doubles(const Tensor& t) { return t.to(Type::float64).values<double>(); }

void check_elements(const Tensor& t, Type type, double scale = 1, double offset = 0) {
    CHECK(t.type() == type);
    REQUIRE(t.shape() == Shape{2, 3, 4});
    const auto values = doubles(t);
    for (int64_t i = 0; i < 24; ++i) CHECK(values[size_t(i)] == scale * element(i) + offset);
}

// int16.nii with one field changed.
template <class T>
std::string with(size_t offset, T value) {
    return content(reference / "int16.nii").replace(offset, sizeof(T), bytes_of(value));
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("nibabel's volumes: versions, byte orders, types, compression") {
    check_elements(read_nifti(reference / "int16.nii").voxels, Type::float32);
    check_elements(read_nifti(reference / "float32_big.nii").voxels, Type::float32);
    check_elements(read_nifti(reference / "float64_v2.nii.gz").voxels, Type::float64);
    check_elements(read_nifti(reference / "int32_big_v2.nii.gz").voxels, Type::float64);
    check_elements(read_nifti(reference / "int32_big_v2.nii.gz", {}, Type::float32).voxels, Type::float32);
    check_elements(read_nifti(reference / "scaled.nii").voxels, Type::float32, 0.5, 0.5 * 50 - 3);
    const NiftiVolume complex = read_nifti(reference / "complex64.nii.gz");
    CHECK(complex.voxels.shape() == Shape{2, 3, 4, 2});
    const NiftiVolume rgb = read_nifti(reference / "rgb.nii");
    CHECK(rgb.voxels.shape() == Shape{2, 3, 4, 3});
    for (int64_t i = 0; i < 24; ++i) {
        CHECK(doubles(complex.voxels)[size_t(2 * i)] == element(i));
        CHECK(doubles(complex.voxels)[size_t(2 * i + 1)] == -2 * element(i));
        CHECK(doubles(rgb.voxels)[size_t(3 * i)] == element(i) + 50);
        CHECK(doubles(rgb.voxels)[size_t(3 * i + 1)] == 200);
        CHECK(doubles(rgb.voxels)[size_t(3 * i + 2)] == double(i / 12));
    }
}

TEST_CASE("the geometry of a volume, from sform, qform or spacing") {
    const double affine[3][4] = {{0, -2, 0, 10}, {1.5, 0, 0, -20}, {0, 0, 3, 30}};
    for (const char* name : {"int16.nii", "float64_v2.nii.gz", "float32_big.nii", "qform.nii.gz"}) {
        const NiftiHeader h = read_nifti(reference / name).header;
        CHECK(h.affine_from == (std::string(name) == "qform.nii.gz" ? "qform" : "sform"));
        for (size_t i = 0; i < 3; ++i)
            for (size_t j = 0; j < 4; ++j) CHECK(h.affine[i][j] == doctest::Approx(affine[i][j]).epsilon(1e-6));
        CHECK(h.size == std::vector<int64_t>{4, 3, 2});
        CHECK(h.spacing == std::vector<double>{1.5, 2, 3});
        CHECK(h.space_unit == "mm");
        CHECK(h.time_unit == "s");
        CHECK(h.compressed == (std::string(name).find(".gz") != std::string::npos));
    }
    CHECK(read_nifti(reference / "int16.nii").header.description == "made by nibabel");
    std::string none = content(reference / "int16.nii");
    none.replace(252, 4, std::string(4, '\0'));
    MemoryInput input("none", none.data(), none.size());
    const NiftiHeader h = read_nifti_header(input);
    CHECK(h.affine_from == "spacing");
    CHECK((h.affine[0][0] == 1.5 && h.affine[1][1] == 2 && h.affine[2][2] == 3 && h.affine[0][3] == 0));
}

TEST_CASE("slices hold what the whole volume holds there") {
    for (const char* name : {"int16.nii", "float64_v2.nii.gz", "complex64.nii.gz"}) {
        const Tensor whole = read_nifti(reference / name).voxels;
        for (const char* text : {"0:0", "x:3", "y:1", "1:-1", "z:middle", "2:0,0:2", "x:1,y:2,z:1"}) {
            CAPTURE(text);
            const auto slices = parse_slices(text);
            const Tensor part = read_nifti(reference / name, slices).voxels;
            // The tensor's axes are those of the file backwards.
            std::vector<Slice> backwards = slices;
            for (auto& s : backwards) s.axis = 2 - s.axis;
            const Tensor expected = sliced(whole, backwards, "test");
            CHECK(part.shape() == expected.shape());
            CHECK(doubles(part) == doubles(expected));
        }
    }
    auto code = [](const char* text) {
        return error_of([&] { read_nifti(reference / "int16.nii", parse_slices(text)); })->code;
    };
    for (const char* text :
         {"3:0", "0:4", "0:-5", "z:2", "0:1,0:2", "0", "x", "a:1", ":", "0:", "0:1,", "-1:0", "0:1.5"})
        CHECK(code(text) == ExitCode::usage);
    CHECK(parse_slices("").empty());
}

TEST_CASE("written volumes come back with their geometry") {
    Scratch scratch;
    const NiftiVolume original = read_nifti(reference / "float64_v2.nii.gz");
    for (const char* name : {"a.nii", "a.nii.gz"}) {
        write_nifti(scratch / name, original.voxels, original.header);
        const NiftiVolume back = read_nifti(scratch / name);
        check_elements(back.voxels, Type::float64);
        CHECK(back.header.affine == original.header.affine);
        CHECK(back.header.spacing == original.header.spacing);
        CHECK(back.header.space_unit == "mm");
        CHECK(back.header.description == "made by nibabel");
        CHECK(back.header.compressed == (std::string(name) == "a.nii.gz"));
    }
    const std::string first = content(scratch / "a.nii.gz");
    write_nifti(scratch / "b.nii.gz", original.voxels, original.header);
    CHECK(content(scratch / "b.nii.gz") == first);
    const NiftiVolume complex = read_nifti(reference / "complex64.nii.gz");
    write_nifti(scratch / "c.nii", complex.voxels, complex.header, true);
    CHECK(read_nifti(scratch / "c.nii").header.datatype == 32);
    CHECK(doubles(read_nifti(scratch / "c.nii").voxels) == doubles(complex.voxels));
    const Tensor whole = Tensor::from(std::vector<int64_t>{1, -2, INT64_C(1) << 50, 4}, {4});
    write_nifti(scratch / "d.nii", whole, {});
    CHECK(doubles(read_nifti(scratch / "d.nii").voxels) == doubles(whole));
    CHECK(error_of([&] { write_nifti(scratch / "x.nii", Tensor::zeros({}), {}); })->code == ExitCode::usage);
    CHECK(error_of([&] { write_nifti(scratch / "x.nii", Tensor::zeros({40000}), {}); })->code == ExitCode::usage);
    CHECK(error_of([&] { write_nifti(scratch / "x.nii", Tensor::zeros({3}), {}, true); })->code == ExitCode::usage);
}

TEST_CASE("volumes cut off at any byte are refused") {
    for (const char* name : {"int16.nii", "float64_v2.nii.gz", "complex64.nii.gz"}) {
        const std::string bytes = content(reference / name);
        for (size_t n = 0; n < bytes.size(); ++n) CHECK(refused(reading, bytes.substr(0, n)));
    }
}

TEST_CASE("headers that lie are refused, each with its field") {
    CHECK(refused(reading, with<int32_t>(0, 349), "sizeof_hdr"));
    CHECK(refused(reading, with<int16_t>(40, 0), "dim[0]"));
    CHECK(refused(reading, with<int16_t>(40, 8), "dim[0]"));
    CHECK(refused(reading, with<int16_t>(40, -1), "dim[0]"));
    CHECK(refused(reading, with<int16_t>(42, 0), "dim[1]"));
    CHECK(refused(reading, with<int16_t>(46, -3), "dim[3]"));
    CHECK(refused(reading, with<int16_t>(42, 32767), "the volume needs"));
    CHECK(refused(reading, with<int16_t>(70, 1536), "128 bits"));
    CHECK(refused(reading, with<int16_t>(70, 0), "datatype"));
    CHECK(refused(reading, with<int16_t>(70, 16), "bitpix"));
    CHECK(refused(reading, with<int16_t>(72, 8), "bitpix"));
    CHECK(refused(reading, with<float>(108, NAN), "vox_offset"));
    CHECK(refused(reading, with<float>(108, -352), "vox_offset"));
    CHECK(refused(reading, with<float>(108, 352.5), "vox_offset"));
    CHECK(refused(reading, with<float>(108, 1e30f), "vox_offset"));
    CHECK(refused(reading, with<float>(108, 100000), "vox_offset"));
    CHECK(refused(reading, with<float>(108, 4), "vox_offset"));
    CHECK(refused(reading, with<float>(116, NAN).replace(112, 4, bytes_of(2.f)), "scl_inter"));
    CHECK(refused(reading, content(reference / "int16.nii").replace(344, 4, std::string("ni1\0", 4)),
                  "another file (.img)"));
    CHECK(refused(reading, content(reference / "int16.nii").replace(344, 4, "abcd"), "magic"));
    // Seven axes of the largest size overflow 64 bits.
    std::string huge = content(reference / "int16.nii");
    for (size_t i = 0; i < 8; ++i) huge.replace(40 + 2 * i, 2, bytes_of<int16_t>(i ? 32767 : 7));
    CHECK(refused(reading, huge, "larger than any file"));
    // An offset of 0 means: right after the header.
    const std::string bytes = with<float>(108, 0);
    MemoryInput input("zero", bytes.data(), bytes.size());
    check_elements(read_nifti(input).voxels, Type::float32);
}

TEST_CASE("compression: damage, bombs, several members") {
    const std::string good = content(reference / "float64_v2.nii.gz");
    size_t caught = 0;
    for (size_t n = 0; n < good.size(); ++n) {
        std::string changed = good;
        changed[n] = char(changed[n] ^ 0x15);
        MemoryInput input("changed", changed.data(), changed.size());
        const auto error = error_of([&] { read_nifti(input); });
        if (error) CHECK(error->code == ExitCode::invalid_input);
        caught += error.has_value();
    }
    CHECK(caught + 16 > good.size());  // a name and a time in gzip's header mean nothing to us

    Scratch scratch;
    auto compress = [&](const std::string& bytes) {
        AtomicFile file(scratch / "z");
        GzipOutput out(file);
        out.write(bytes.data(), bytes.size());
        out.finish();
        file.commit();
        return content(scratch / "z");
    };
    // A header that claims 4 GB in a file of some 400 bytes.
    std::string claim = content(reference / "int16.nii");
    for (size_t i = 1; i < 4; ++i) claim.replace(40 + 2 * i, 2, bytes_of<int16_t>(1290));
    CHECK(refused(reading, compress(claim), "the volume needs 4293378000 bytes, but at most"));
    // More than a megabyte behind the voxels.
    const std::string volume = content(reference / "int16.nii");
    CHECK(refused(reading, compress(volume + std::string(3 << 20, '\0')), "go on after their end"));
    // Two members, as pigz and bgzip write them, and zeros behind them.
    const std::string two = compress(volume.substr(0, 200)) + compress(volume.substr(200)) + std::string(512, '\0');
    MemoryInput input("two", two.data(), two.size());
    check_elements(read_nifti(input).voxels, Type::float32);
}
