// What `adjoint inspect` says of files.
#include "io/inspect.h"

#include <nlohmann/json.hpp>

#include "io/cfl.h"
#include "io/npy.h"
#include "io/safetensors.h"
#include "tests/io/io_test.h"

using namespace adjoint;
using namespace adjoint::io_test;
using json = nlohmann::json;

namespace {

const std::filesystem::path reference = std::filesystem::path(ADJOINT_TEST_DATA) / "io";

json inspected(const std::filesystem::path& path) { return json::parse(inspect_json(path)); }

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("inspecting pictures, arrays and volumes") {
    const json png = inspected(reference / "grey16.png");
    CHECK(png["kind"] == "PNG picture");
    CHECK(png["width"] == 4);
    CHECK(png["height"] == 3);
    CHECK(png["bits"] == 16);
    CHECK(png["range"][1].get<double>() == doctest::Approx(46007 / 65535.0));
    CHECK(inspected(reference / "transparent.png")["alpha"] == "transparent in places (refused as an image)");
    CHECK(inspected(reference / "opaque.png")["alpha"] == "opaque everywhere");
    const json npy = inspected(reference / "complex128_big_fortran.npy");
    CHECK(npy["shape"] == json({2, 3, 4}));
    CHECK(npy["type"] == "complex of float64");
    CHECK(npy["order"] == "Fortran (first axis fastest)");
    CHECK(npy["range"] == json({-50.0, 73.0}));
    const json volume = inspected(reference / "int32_big_v2.nii.gz");
    CHECK(volume["version"] == 2);
    CHECK(volume["size"] == json({4, 3, 2}));
    CHECK(volume["spacing"] == json({1.5, 2.0, 3.0}));
    CHECK(volume["byte_order"] == "big");
    CHECK(volume["compressed"] == true);
    CHECK(volume["orientation"] == "ALS");  // x runs forwards, y to the left, z upwards
    CHECK(volume["affine"][0] == json({0.0, -2.0, 0.0, 10.0}));
    const std::string text = inspect_text(reference / "scaled.nii");
    CHECK(text.find("size:        4×3×2\n") != std::string::npos);
    CHECK(text.find("range:       -3 to 58.5\n") != std::string::npos);
}

TEST_CASE("inspecting a BART array by either of its files") {
    Scratch scratch;
    write_cfl(scratch / "k", Tensor::from(std::vector<float>{1, 2, -3, 4}, {2, 2}), {3});
    for (const char* name : {"k.hdr", "k.cfl"}) {
        const json report = inspected(scratch / name);
        CHECK(report["kind"] == "BART array");
        CHECK(report["shape"] == json({1, 1, 1, 2}));
        CHECK(report["range"] == json({-3.0, 4.0}));
    }
    std::filesystem::remove(scratch / "k.cfl");
    CHECK(error_of([&] { inspect_text(scratch / "k.hdr"); })->code == ExitCode::invalid_input);
}

TEST_CASE("inspecting model files: hyper-parameters, and texts that would do harm") {
    Scratch scratch;
    TensorFile file;
    file.tensors = {{"net.weight", Tensor::from(std::vector<float>{1, NAN, -3}, {3})},
                    {"step", Tensor::scalar(7, Type::int64)},
                    {"bell\a", Tensor::zeros({0})}};
    file.metadata = {{"hyperparameters", "{\"width\": 256, \"omega\": 30.5}"}, {"broken", "{\"width\":"},
                     {"escape", "\x1b[31mred"}, {"deep", "[\"]]]]]]]]\"," + std::string(200000, '[')},
                     {"deeper", "[\"]]\"," + std::string(5000, '[') + std::string(5000, ']') + "]"},
                     {"long", std::string(1000, 'x')}};
    write_safetensors(scratch / "m", file);
    const json report = inspected(scratch / "m");
    CHECK(report["numbers"] == 4);
    CHECK(report["metadata"]["hyperparameters"]["width"] == 256);
    CHECK(report["metadata"]["broken"] == "{\"width\":");
    CHECK(report["metadata"]["deeper"].is_string());
    REQUIRE(report["tensors"].size() == 3);
    for (const json& t : report["tensors"])
        if (t["name"] == "net.weight") {
            CHECK(t["range"] == json({-3.0, 1.0}));
            CHECK(t["not_finite"] == 1);
        }
    const std::string text = inspect_text(scratch / "m");
    for (const char c : text) CHECK((uint8_t(c) >= 32 || c == '\n'));
    CHECK(text.find("escape: ?[31mred\n") != std::string::npos);
    CHECK(text.find("... (1000 bytes)") != std::string::npos);
    CHECK(text.find("net.weight  float32  3       -3 to 1, 1 not finite\n") != std::string::npos);
    CHECK(text.find("no values") != std::string::npos);
}

TEST_CASE("inspecting arrays of NaN counts them; damaged files are errors") {
    Scratch scratch;
    write_npy(scratch / "nan", Tensor::full({2, 2}, NAN));
    CHECK(inspected(scratch / "nan")["not_finite"] == 4);
    CHECK(inspect_text(scratch / "nan").find("4 not finite") != std::string::npos);
    put(scratch / "half", content(reference / "grey16.png").substr(0, 60));
    CHECK(error_of([&] { inspect_text(scratch / "half"); })->code == ExitCode::invalid_input);
    CHECK(error_of([&] { inspect_json(scratch / "none"); })->code == ExitCode::invalid_input);
}
