// NumPy arrays: files of numpy.save, our own, and damage.
#include "io/npy.h"

#include "tests/io/io_test.h"

using namespace adjoint;
using namespace adjoint::io_test;

namespace {

const std::filesystem::path reference = std::filesystem::path(ADJOINT_TEST_DATA) / "io";

// The array of tests/reference/io/make_files.py: 100 z + 10 y + x − 50 over 2×3×4.
double element(int64_t i) { return double(100 * (i / 12) + 10 * (i / 4 % 3) + i % 4 - 50); }

template <class T>
void check_elements(const Tensor& t, Type type, double scale = 1, double offset = 0) {
    CHECK(t.shape() == Shape{2, 3, 4});
    REQUIRE(t.type() == type);
    const auto values = t.values<T>();
    for (int64_t i = 0; i < 24; ++i) CHECK(double(values[size_t(i)]) == scale * element(i) + offset);
}

// A file of version 1.0 with this header text.
std::string file_of(const std::string& header, const std::string& data = "") {
    return std::string("\x93NUMPY\x01\0", 8) + bytes_of(uint16_t(header.size())) + header + data;
}

const auto reading = [](Input& in) { read_npy(in); };

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("arrays of numpy.save: types, byte orders, orders of axes, versions") {
    check_elements<float>(read_npy(reference / "float32.npy"), Type::float32);
    check_elements<double>(read_npy(reference / "float64_big.npy"), Type::float64);
    check_elements<int64_t>(read_npy(reference / "int16_fortran.npy"), Type::int64);
    check_elements<int64_t>(read_npy(reference / "uint8_big_fortran.npy"), Type::int64, 1, 50);
    check_elements<float>(read_npy(reference / "float16.npy"), Type::float32, 0.125);
    check_elements<float>(read_npy(reference / "int16_fortran.npy", Type::float32), Type::float32);
    check_elements<double>(read_npy(reference / "float32.npy", Type::float64), Type::float64);
    for (const char* name : {"version2.npy", "version3.npy"}) {
        const Tensor t = read_npy(reference / name);  // uint32: the negative ones have wrapped
        CHECK(t.values<int64_t>()[0] == 4294967296 - 50);
        CHECK(t.values<int64_t>()[23] == 73);
    }
    const Tensor even = read_npy(reference / "bool.npy");
    for (int64_t i = 0; i < 24; ++i) CHECK(even.values<int64_t>()[size_t(i)] == (int(element(i)) % 2 == 0));
    CHECK(read_npy(reference / "scalar.npy").item() == 0.1);
    CHECK(read_npy(reference / "scalar.npy").rank() == 0);
    CHECK(read_npy(reference / "vector.npy").values<int64_t>() == std::vector<int64_t>{0, 1, 2, 3, 4});
}

TEST_CASE("complex arrays get a last axis of real and imaginary part") {
    const Tensor narrow = read_npy(reference / "complex64.npy");
    CHECK(narrow.shape() == Shape{2, 3, 4, 2});
    const auto x = narrow.values<float>();
    const Tensor wide = read_npy(reference / "complex128_big_fortran.npy");
    CHECK(wide.type() == Type::float64);
    const auto y = wide.values<double>();
    for (int64_t i = 0; i < 24; ++i) {
        CHECK(x[size_t(2 * i)] == float(element(i)));
        CHECK(x[size_t(2 * i + 1)] == float(i / 12));
        CHECK(y[size_t(2 * i)] == element(i));
        CHECK(y[size_t(2 * i + 1)] == -2.0 * double(i % 4));
    }
}

TEST_CASE("written arrays have numpy.save's bytes") {
    Scratch scratch;
    for (const char* name : {"float32.npy", "complex64.npy", "scalar.npy", "vector.npy"}) {
        const Tensor t = read_npy(reference / name);
        write_npy(scratch / name, t, std::string(name) == "complex64.npy");
        CHECK(content(scratch / name) == content(reference / name));
    }
    const Tensor empty = Tensor::zeros({3, 0, 2}, Type::float64);
    write_npy(scratch / "empty", empty);
    CHECK(read_npy(scratch / "empty").shape() == empty.shape());
    write_npy(scratch / "complex", Tensor::from(std::vector<double>{1, 2, 3, 4}, {2, 2}), true);
    CHECK(read_npy(scratch / "complex").values<double>() == std::vector<double>{1, 2, 3, 4});
    CHECK(error_of([&] { write_npy(scratch / "x", Tensor::zeros({3}), true); })->code == ExitCode::usage);
    CHECK(error_of([&] { write_npy(scratch / "x", Tensor::zeros({2}, Type::int64), true); })->code == ExitCode::usage);
    CHECK(!std::filesystem::exists(scratch / "x"));
}

TEST_CASE("arrays cut off at any byte, or with something behind them, are refused") {
    for (const char* name : {"float32.npy", "complex128_big_fortran.npy", "version3.npy", "scalar.npy"}) {
        const std::string bytes = content(reference / name);
        for (size_t n = 0; n < bytes.size(); ++n) CHECK(refused(reading, bytes.substr(0, n)));
        CHECK(refused(reading, bytes + std::string(1, '\0'), "follow the header"));
    }
}

TEST_CASE("what numpy.load refuses by default, or should, is refused here with its sentence") {
    CHECK(refused(reading, content(reference / "objects.npy"), "pickles are never read"));
    CHECK(refused(reading, content(reference / "record.npy"), "is one of records"));
    const std::string f4 = "{'descr': '<f4', 'fortran_order': False, 'shape': ";
    CHECK(refused(reading, file_of(f4 + "(4294967296, 4294967296, 4294967296), }"), "larger than any file"));
    CHECK(refused(reading, file_of(f4 + "(4611686018427387904, 0), }"), "larger than any file"));
    CHECK(refused(reading, file_of(f4 + "(1000000000,), }"), "needs 4000000000 bytes, but 0 are left"));
    CHECK(refused(reading, file_of(f4 + "(99999999999999999999,), }"), "beyond 64 bits"));
    CHECK(refused(reading, file_of(f4 + "(-1,), }"), "other than sizes"));
    CHECK(refused(reading, file_of(f4 + "(1,1,1,1,1,1,1,1,1), }", bytes_of(1.f)), "more than 8 axes"));
    CHECK(refused(reading, file_of(f4 + "(1), 'x': 1}"), "unknown key 'x'"));
    CHECK(refused(reading, file_of(f4 + "(1,), 'shape': (1,)}"), "'shape' twice"));
    CHECK(refused(reading, file_of("{'descr': '<f4', 'shape': (1,), }"), "lacks"));
    CHECK(refused(reading, file_of("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}"), "neither True nor False"));
    CHECK(refused(reading, file_of("{'descr': '<f4"), "without an end"));
    CHECK(refused(reading, file_of("{} import os"), "goes on after"));
    CHECK(refused(reading, file_of("{'descr': '<m8[ns]', 'fortran_order': False, 'shape': (1,)}"), "<m8[ns]"));
    CHECK(refused(reading, file_of("{'descr': '<f16', 'fortran_order': False, 'shape': (1,)}"), "<f16"));
    CHECK(refused(reading, file_of("{'descr': '', 'fortran_order': False, 'shape': (1,)}"), "is of type ''"));
    CHECK(refused(reading, std::string("\x93NUMPY\x02\0", 8) + bytes_of(uint32_t(0xffffffff)), "at most 65535"));
    CHECK(refused(reading, std::string("\x93NUMPY\x04\0", 8) + "  ", "the version is 4.0"));
    CHECK(refused(reading, "not an array", "is this a .npy file?"));
    const std::string complex8 = "{'descr': '<c8', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1)}";
    CHECK(refused(reading, file_of(complex8, bytes_of(0.0)), "at most 7"));
    MemoryInput floats("floats.npy", nullptr, 0);
    CHECK(error_of([&] { read_npy(reference / "float32.npy", Type::int64); })->code == ExitCode::usage);
}
