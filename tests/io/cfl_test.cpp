// BART's arrays: its own header, ours, and damage.
#include "io/cfl.h"

#include "tests/io/io_test.h"

using namespace adjoint;
using namespace adjoint::io_test;

namespace {

// As `bart` 0.8 writes it.
const std::string header_of_bart =
    "# Dimensions\n3 2 1 2 1 1 1 1 1 1 1 1 1 1 1 1 \n# Command\nphantom -x3 -s2 out \n# Files\n"
    " >out  \n# Creator\nBART v0.8.00\n";

CflArray parsed(const std::string& header, const std::string& data) {
    MemoryInput h("x.hdr", header.data(), header.size()), d("x.cfl", data.data(), data.size());
    return read_cfl(h, d);
}

bool refused_header(const std::string& header, const std::string& sentence) {
    return refused([](Input& in) { read_cfl_sizes(in); }, header, sentence);
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("an array of BART: its first dimension is the tensor's last but one") {
    std::string data;
    for (int i = 0; i < 12; ++i) data += bytes_of(float(i)) + bytes_of(float(-i));
    const CflArray array = parsed(header_of_bart, data);
    CHECK(array.sizes == std::vector<int64_t>{3, 2, 1, 2});
    CHECK(array.dimensions == std::vector<int>{3, 1, 0});
    CHECK(array.values.shape() == Shape{2, 2, 3, 2});
    for (size_t i = 0; i < 12; ++i) {
        CHECK(array.values.values<float>()[2 * i] == float(i));
        CHECK(array.values.values<float>()[2 * i + 1] == -float(i));
    }
    Scratch scratch;
    write_cfl(scratch / "a.cfl", array.values, array.dimensions);
    CHECK(content(scratch / "a.cfl") == data);
    CHECK(content(scratch / "a.hdr").substr(0, 46) == header_of_bart.substr(0, 46));
    for (const char* name : {"a", "a.hdr", "a.cfl"}) {
        const CflArray back = read_cfl(scratch / name);
        CHECK(back.sizes == array.sizes);
        CHECK(back.dimensions == array.dimensions);
        CHECK(back.values.values<float>() == array.values.values<float>());
    }
    const CflArray one = parsed("# Dimensions\n1 1\n", bytes_of(1.f) + bytes_of(2.f));
    CHECK(one.sizes == std::vector<int64_t>{1});
    CHECK(one.values.shape() == Shape{2});
}

TEST_CASE("damaged arrays of BART are refused") {
    const std::string data(96, '\0');
    for (size_t n = 0; n < data.size(); ++n)
        CHECK(error_of([&] { parsed(header_of_bart, data.substr(0, n)); })->code == ExitCode::invalid_input);
    const auto longer = error_of([&] { parsed(header_of_bart, data + "x"); });
    REQUIRE(longer);
    CHECK(longer->found == "the data have 97 bytes, and the sizes in the header need 96");
    CHECK(refused_header("", "no line after '# Dimensions'"));
    CHECK(refused_header("# Dimensions", "no line after '# Dimensions'"));
    CHECK(refused_header("# Dimensions\n\n", "no sizes"));
    CHECK(refused_header("# Dimensions\n3 0 2\n", "dimension 1 is '0'"));
    CHECK(refused_header("# Dimensions\n3 -4\n", "dimension 1 is '-4'"));
    CHECK(refused_header("# Dimensions\n3 4x\n", "dimension 1 is '4x'"));
    CHECK(refused_header("# Dimensions\n99999999999999999999\n", "dimension 0"));
    CHECK(refused_header("# Dimensions\n4294967296 4294967296 4294967296\n", "larger than any file"));
    CHECK(refused_header("# Dimensions\n1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n", "more than 16"));
    const auto axes = error_of([&] { parsed("# Dimensions\n2 2 2 2 2 2 2 2\n", std::string(8 << 8, '\0')); });
    REQUIRE(axes);
    CHECK(axes->found == "the header has 8 dimensions longer than 1");
    Scratch scratch;
    put(scratch / "b.hdr", header_of_bart);
    CHECK(error_of([&] { read_cfl(scratch / "b"); })->asked == "reading " + (scratch / "b.cfl").string());
}

TEST_CASE("what is no array of BART is not written") {
    Scratch scratch;
    auto code = [&](const Tensor& t, const std::vector<int>& dimensions) {
        return error_of([&] { write_cfl(scratch / "x", t, dimensions); })->code;
    };
    CHECK(code(Tensor::zeros({3, 4}), {0}) == ExitCode::usage);
    CHECK(code(Tensor::zeros({3, 2}, Type::float64), {0}) == ExitCode::usage);
    CHECK(code(Tensor::zeros({3, 2}), {}) == ExitCode::usage);
    CHECK(code(Tensor::zeros({3, 3, 2}), {0, 1}) == ExitCode::usage);
    CHECK(code(Tensor::zeros({3, 2}), {16}) == ExitCode::usage);
    CHECK(scratch.entries() == 0);
}
