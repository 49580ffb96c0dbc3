// Safetensors: round trips with equal bytes, files of other programs, and every kind of damage.
#include "io/safetensors.h"

#include "engine/parameters.h"
#include "io/weights.h"
#include "tests/io/io_test.h"

using namespace adjoint;
using namespace adjoint::io_test;

namespace {

// A file with this header (its length before it) and `data` zero bytes.
std::string file_of(const std::string& header, size_t data) {
    return bytes_of(uint64_t(header.size())) + header + std::string(data, '\0');
}

TensorFile parsed(const std::string& bytes) {
    MemoryInput input("tensors", bytes.data(), bytes.size());
    return read_safetensors(input);
}

bool refused_as(const std::string& header, size_t data, const std::string& sentence) {
    return refused([](Input& in) { read_safetensors(in); }, file_of(header, data), sentence);
}

TensorFile sample() {
    TensorFile file;
    file.tensors.push_back({"net.0.weight", Tensor::from(std::vector<float>{1, -2.5f, 3, 1e-30f, 5, 6}, {3, 2})});
    file.tensors.push_back({"step", Tensor::from(std::vector<int64_t>{INT64_MIN}, {})});
    file.tensors.push_back({"a \"quoted\" name, ω₀", Tensor::from(std::vector<double>{0.1, NAN, INFINITY}, {1, 3})});
    file.tensors.push_back({"empty", Tensor::zeros({0, 7})});
    file.metadata = {{"architecture", "siren"}, {"text", "line\nbreak \\ \"\u2207\""}};
    return file;
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("safetensors come back as they were, and the same content gives the same bytes") {
    Scratch scratch;
    TensorFile file = sample();
    write_safetensors(scratch / "a", file);
    const TensorFile back = read_safetensors(scratch / "a");
    CHECK(back.metadata == file.metadata);
    REQUIRE(back.tensors.size() == 4);
    for (const auto& t : file.tensors) {
        const Tensor* found = back.find(t.name);
        REQUIRE(found);
        CHECK(found->shape() == t.tensor.shape());
        CHECK(found->type() == t.tensor.type());
        CHECK(std::memcmp(found->bytes_data(), t.tensor.bytes_data(), t.tensor.bytes()) == 0);
    }
    std::reverse(file.tensors.begin(), file.tensors.end());
    write_safetensors(scratch / "b", file);
    CHECK(content(scratch / "a") == content(scratch / "b"));
    const std::string bytes = content(scratch / "a");
    CHECK(uint8_t(bytes[0]) % 8 == 0);  // the header's length keeps the tensors aligned
    CHECK(parsed(file_of("{}", 0)).tensors.empty());
}

TEST_CASE("a file of the safetensors library") {
    const TensorFile file = read_safetensors(std::filesystem::path(ADJOINT_TEST_DATA) / "io" / "numpy.safetensors");
    CHECK(file.metadata == std::map<std::string, std::string>{{"made_by", "safetensors"}});
    REQUIRE((file.find("a") && file.find("b") && file.find("h")));
    CHECK(file.find("a")->values<int64_t>() == std::vector<int64_t>{0, 1, 2});
    CHECK(file.find("b")->shape() == Shape{2, 3, 4});
    CHECK(file.find("b")->values<float>()[23] == 73);
    CHECK(file.find("h")->values<float>()[0] == -6.25f);
}

TEST_CASE("all types of safetensors are read") {
    auto one = [](const std::string& type, const std::string& data) {
        const std::string header = "{\"x\":{\"dtype\":\"" + type + "\",\"shape\":[2],\"data_offsets\":[0," +
                                   std::to_string(data.size()) + "]}}";
        return parsed(bytes_of(uint64_t(header.size())) + header + data).tensors.at(0).tensor;
    };
    using F = std::vector<float>;
    using I = std::vector<int64_t>;
    CHECK(one("F16", bytes_of<uint16_t>(0x3c01) + bytes_of<uint16_t>(0xfbff)).values<float>() ==
          F{1.0009765625f, -65504});
    CHECK(one("F16", bytes_of<uint16_t>(0x8001) + bytes_of<uint16_t>(0x7c00)).values<float>() ==
          F{-0x1p-24f, INFINITY});
    CHECK(one("BF16", bytes_of<uint16_t>(0x3f80) + bytes_of<uint16_t>(0xc020)).values<float>() == F{1, -2.5f});
    CHECK(one("F32", bytes_of(1.5f) + bytes_of(-0.f)).values<float>() == F{1.5f, 0});
    CHECK(one("F64", bytes_of(0.1) + bytes_of(-1e300)).values<double>() == std::vector<double>{0.1, -1e300});
    CHECK(one("I64", bytes_of(INT64_MIN) + bytes_of(INT64_MAX)).values<int64_t>() == I{INT64_MIN, INT64_MAX});
    CHECK(one("U64", bytes_of<uint64_t>(5) + bytes_of<uint64_t>(INT64_MAX)).values<int64_t>() == I{5, INT64_MAX});
    CHECK(one("I32", bytes_of(INT32_MIN) + bytes_of(7)).values<int64_t>() == I{INT32_MIN, 7});
    CHECK(one("U32", bytes_of(UINT32_MAX) + bytes_of(7)).values<int64_t>() == I{UINT32_MAX, 7});
    CHECK(one("I16", bytes_of<int16_t>(-300) + bytes_of<int16_t>(7)).values<int64_t>() == I{-300, 7});
    CHECK(one("U16", bytes_of<uint16_t>(65535) + bytes_of<uint16_t>(7)).values<int64_t>() == I{65535, 7});
    CHECK(one("I8", "\xff\x7f").values<int64_t>() == I{-1, 127});
    CHECK(one("U8", "\xff\x7f").values<int64_t>() == I{255, 127});
    CHECK(one("BOOL", std::string("\x01\0", 2)).values<int64_t>() == I{1, 0});
    const std::string header = "{\"x\":{\"dtype\":\"U64\",\"shape\":[1],\"data_offsets\":[0,8]}}";
    CHECK(refused([](Input& in) { read_safetensors(in); },
                  bytes_of(uint64_t(header.size())) + header + bytes_of(UINT64_MAX), "above 2^63"));
}

TEST_CASE("safetensors cut off at any byte are refused") {
    Scratch scratch;
    write_safetensors(scratch / "a", sample());
    const std::string bytes = content(scratch / "a");
    for (size_t n = 0; n < bytes.size(); ++n)
        CHECK(refused([](Input& in) { read_safetensors(in); }, bytes.substr(0, n)));
    CHECK(refused([](Input& in) { read_safetensors(in); }, bytes + "x", "before the file does"));
}

TEST_CASE("hostile headers of safetensors are refused, each with its sentence") {
    auto entry = [](const std::string& name, const std::string& shape, int begin, int end) {
        return "\"" + name + "\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":[" +
               std::to_string(begin) + "," + std::to_string(end) + "]}";
    };
    const auto reading = [](Input& in) { read_safetensors(in); };
    CHECK(refused(reading, bytes_of(uint64_t(100'000'001)) + "{}", "at most 100000000"));
    CHECK(refused(reading, bytes_of(UINT64_MAX) + "{}", "at most 100000000"));
    CHECK(refused(reading, bytes_of(uint64_t(1000)) + "{}", "needs 1000 bytes, but 2 are left"));
    CHECK(refused_as("", 0, "does not begin with '{'"));
    CHECK(refused_as(" {}", 0, "does not begin with '{'"));
    CHECK(refused_as("[]", 0, "does not begin with '{'"));
    CHECK(refused_as("{} {}", 0, "not valid JSON"));
    CHECK(refused_as("{\"a\":", 0, "not valid JSON"));
    CHECK(refused_as("{\"\xff\":{}}", 0, "not valid JSON"));
    CHECK(refused_as(std::string("{") + entry("a", "[2]", 0, 8) + "," + entry("a", "[2]", 8, 16) + "}", 16,
                     "is there twice"));
    CHECK(refused_as(std::string("{") + entry("a", "[2]", 0, 8) + "," + entry("b", "[2]", 4, 12) + "}", 12,
                     "the one before it ends at 8"));
    CHECK(refused_as(std::string("{") + entry("a", "[2]", 0, 8) + "," + entry("b", "[2]", 12, 20) + "}", 20,
                     "begins at byte 12"));
    CHECK(refused_as(std::string("{") + entry("a", "[2]", 8, 16) + "}", 16, "begins at byte 8"));
    CHECK(refused_as(std::string("{") + entry("a", "[2]", 0, 8) + "}", 12, "end 4 bytes before the file does"));
    CHECK(refused_as(std::string("{") + entry("a", "[2]", 0, 4) + "}", 4, "its shape and type need 8"));
    CHECK(refused_as(std::string("{") + entry("a", "[2]", 8, 0) + "}", 8, "its shape and type need 8"));
    CHECK(refused_as(std::string("{") + entry("a", "[4294967296,4294967296]", 0, 0) + "}", 0, "larger than any file"));
    CHECK(
        refused_as(std::string("{") + entry("a", "[9223372036854775807,2,0]", 0, 0) + "}", 0, "larger than any file"));
    CHECK(refused_as(std::string("{") + entry("a", "[9223372036854775808]", 0, 0) + "}", 0, "has an axis of size"));
    CHECK(refused_as(std::string("{") + entry("a", "[-1]", 0, 4) + "}", 4, "negative number"));
    CHECK(refused_as(std::string("{") + entry("a", "[1.5]", 0, 4) + "}", 4, "a fraction"));
    CHECK(refused_as(std::string("{") + entry("a", "[[1]]", 0, 4) + "}", 4, "a list"));
    CHECK(refused_as(std::string("{") + entry("a", "[1,1,1,1,1,1,1,1,1]", 0, 4) + "}", 4, "more than 8 axes"));
    CHECK(refused_as("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "F8_E4M3"));
    CHECK(refused_as("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "1 data_offsets"));
    CHECK(refused_as("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}", 4, "more than two"));
    CHECK(refused_as("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "no field 'data_offsets'"));
    CHECK(refused_as("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "twice"));
    CHECK(refused_as("{\"a\":{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}}", 4, "a number"));
    CHECK(refused_as("{\"a\":{\"extra\":1}}", 4, "unknown field 'extra'"));
    CHECK(refused_as("{\"a\":7}", 4, "a number"));
    CHECK(refused_as("{\"a\":null}", 4, "null"));
    CHECK(refused_as("{\"__metadata__\":{\"a\":1}}", 0, "a number"));
    CHECK(refused_as("{\"__metadata__\":{\"a\":{}}}", 0, "an object"));
    CHECK(refused_as("{\"__metadata__\":{\"a\":[\"b\"]}}", 0, "a list"));
    CHECK(refused_as("{\"__metadata__\":{\"a\":\"b\",\"a\":\"c\"}}", 0, "twice"));
    std::string nested = "{\"a\":";
    for (int i = 0; i < 100000; ++i) nested += "[";
    CHECK(refused_as(nested, 0, "a list"));
    CHECK(parsed(file_of(std::string("{") + entry("a", "[0]", 0, 0) + "," + entry("b", "[2]", 0, 8) + "}", 8))
              .tensors.size() == 2);
}

TEST_CASE("what cannot be stored is refused before anything is written") {
    Scratch scratch;
    TensorFile file;
    file.tensors = {{"a", Tensor::zeros({1})}, {"a", Tensor::zeros({1})}};
    CHECK(error_of([&] { write_safetensors(scratch / "f", file); })->code == ExitCode::usage);
    file.tensors = {{"a\xff", Tensor::zeros({1})}};
    CHECK(error_of([&] { write_safetensors(scratch / "f", file); })->code == ExitCode::usage);
    file.tensors = {{"__metadata__", Tensor::zeros({1})}};
    CHECK(error_of([&] { write_safetensors(scratch / "f", file); })->code == ExitCode::usage);
    file.tensors = {{"a", Tensor::zeros({1}, Type::dual1, Device::reference)}};
    CHECK(error_of([&] { write_safetensors(scratch / "f", file); })->code == ExitCode::usage);
    CHECK(scratch.entries() == 0);
}

TEST_CASE("parameters go to a file and back, or say what does not belong together") {
    Scratch scratch;
    Parameters parameters;
    parameters.declare("net.weight", {2, 3});
    parameters.declare("net.bias", {2});
    parameters.allocate();
    for (int i = 0; i < 8; ++i) parameters.block().mutable_data<float>("test")[i] = float(i) / 3;
    TensorFile file;
    add_parameters(file, parameters);
    add_parameters(file, parameters, "moment.");
    write_safetensors(scratch / "w", file);
    const TensorFile read = read_safetensors(scratch / "w");

    Parameters back = parameters.like();
    copy_parameters(read, back, "w");
    CHECK(back.block().values<float>() == parameters.block().values<float>());
    Parameters wide = parameters.to(Type::float64);
    for (int i = 0; i < 8; ++i) wide.block().mutable_data<double>("test")[i] = 0;
    copy_parameters(read, wide, "w", "moment.");
    CHECK(wide.block().values<double>()[1] == double(1 / 3.f));
    CHECK(unknown_tensors(read, parameters) == std::vector<std::string>{"moment.net.bias", "moment.net.weight"});
    CHECK(unknown_tensors(read, parameters, "moment.").empty());

    auto asked_of = [&](const std::string& name, const Shape& shape) {
        Parameters other;
        other.declare(name, shape);
        other.allocate();
        return *error_of([&] { copy_parameters(read, other, "w"); });
    };
    CHECK(asked_of("net.scale", {2}).code == ExitCode::mismatch);
    CHECK(asked_of("net.scale", {2}).advice.find("net.weight") != std::string::npos);
    CHECK(asked_of("net.bias", {3}).found == "tensor 'net.bias' is 2, and the network needs 3");
    parameters.block().mutable_data<float>("test")[4] = NAN;
    const auto error = error_of([&] { copy_parameters(file, back, "w"); });
    REQUIRE(error);
    CHECK(error->code == ExitCode::invalid_input);
    CHECK(error->found == "tensor 'net.weight', element 4, is not a number");
}
