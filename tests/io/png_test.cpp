// PNG pictures: Pillow's files, our own, and damage.
#include "io/png.h"

#include "tests/io/io_test.h"

using namespace adjoint;
using namespace adjoint::io_test;

namespace {

const std::filesystem::path reference = std::filesystem::path(ADJOINT_TEST_DATA) / "io";
const auto reading = [](Input& in) { read_png(in); };

int grey(int64_t i) { return int(10 * (i / 4) + i % 4); }  // of make_files.py, over 3×4

// A picture whose levels are exact in `bits` bits.
Tensor sample(const Shape& shape, int bits) {
    std::vector<float> values;
    const int64_t largest = bits == 8 ? 255 : 65535;
    for (int64_t i = 0; i < shape.count(); ++i) values.push_back(float(i * 7919 % (largest + 1)) / float(largest));
    return Tensor::from(values, shape);
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("Pillow's pictures: depths, colours, palettes, alpha") {
    PngInfo info;
    const auto g8 = read_png(reference / "grey8.png", &info).values<float>();
    CHECK((info.width == 4 && info.height == 3 && info.bits == 8 && info.channels == 1 && !info.alpha));
    const Tensor g16 = read_png(reference / "grey16.png", &info);
    CHECK(info.bits == 16);
    CHECK(g16.shape() == Shape{1, 3, 4});
    const auto g1 = read_png(reference / "grey1.png", &info).values<float>();
    CHECK(info.bits == 1);
    const Tensor rgb = read_png(reference / "rgb8.png");
    CHECK(rgb.shape() == Shape{3, 3, 4});
    CHECK(read_png(reference / "palette.png", &info).values<float>() == rgb.values<float>());
    CHECK((info.palette && info.channels == 3));
    CHECK(read_png(reference / "opaque.png", &info).values<float>() == rgb.values<float>());
    CHECK(info.alpha);
    for (int64_t i = 0; i < 12; ++i) {
        CHECK(g8[size_t(i)] == float(grey(i)) / 255.f);
        CHECK(g16.values<float>()[size_t(i)] == float(grey(i) * 2000 + 7) / 65535.f);
        CHECK(g1[size_t(i)] == (grey(i) > 11 ? 1.f : 0.f));
        CHECK(rgb.values<float>()[size_t(12 + i)] == float(grey(i) + 100) / 255.f);
        CHECK(rgb.values<float>()[size_t(24 + i)] == float(255 - grey(i)) / 255.f);
    }
    CHECK(refused(reading, content(reference / "transparent.png"), "row 1, column 2, is transparent"));
    CHECK(refused(reading, content(reference / "key.png"), "row 1, column 2, is transparent"));
    const auto passes = read_png(reference / "interlaced16.png", &info).values<float>();
    CHECK((info.interlaced && info.bits == 16 && info.channels == 3));
    for (int64_t i = 0; i < 12; ++i) {
        CHECK(passes[size_t(i)] == float(grey(i) * 256) / 65535.f);
        CHECK(passes[size_t(12 + i)] == float(grey(i) + 3) / 65535.f);
        CHECK(passes[size_t(24 + i)] == float(65535 - grey(i)) / 65535.f);
    }
}

TEST_CASE("written pictures come back level by level") {
    Scratch scratch;
    for (const int bits : {8, 16})
        for (const Shape& shape : {Shape{1, 1}, Shape{5, 7}, Shape{1, 33, 20}, Shape{3, 6, 5}}) {
            const Tensor picture = sample(shape, bits);
            write_png(scratch / "p.png", picture, bits);
            PngInfo info;
            const Tensor back = read_png(scratch / "p.png", &info);
            CHECK(info.bits == bits);
            CHECK(back.values<float>() == picture.values<float>());
            CHECK(content(scratch / "p.png") == encode_png(picture.to(Type::float64), bits));
        }
    const Tensor outside = Tensor::from(std::vector<float>{-1, 2, INFINITY, 0.4999f / 255}, {2, 2});
    write_png(scratch / "q.png", outside);
    CHECK(read_png(scratch / "q.png").values<float>() == std::vector<float>{0, 1, 1, 0});
}

TEST_CASE("what is no picture is not written") {
    CHECK(error_of([] { encode_png(Tensor::zeros({2, 4, 4})); })->code == ExitCode::usage);
    CHECK(error_of([] { encode_png(Tensor::zeros({4})); })->code == ExitCode::usage);
    CHECK(error_of([] { encode_png(Tensor::zeros({0, 4})); })->code == ExitCode::usage);
    CHECK(error_of([] { encode_png(Tensor::zeros({4, 4}), 12); })->code == ExitCode::usage);
    const auto nan = error_of([] { encode_png(Tensor::from(std::vector<float>{0, 0, 0, NAN}, {2, 2})); });
    REQUIRE(nan);
    CHECK(nan->code == ExitCode::numerical);
    CHECK(nan->found == "its pixel in row 1, column 1, is not a number");
}

TEST_CASE("pictures cut off at any byte, or changed in any byte, are refused or read") {
    for (const std::string& bytes : {encode_png(sample({3, 9, 10}, 8)), content(reference / "palette.png")}) {
        for (size_t n = 0; n < bytes.size(); ++n) CHECK(refused(reading, bytes.substr(0, n)));
        size_t caught = 0;
        for (size_t n = 0; n < bytes.size(); ++n) {
            std::string changed = bytes;
            changed[n] = char(changed[n] ^ 0x15);
            MemoryInput input("changed", changed.data(), changed.size());
            const auto error = error_of([&] { read_png(input); });
            if (error) CHECK(error->code == ExitCode::invalid_input);
            caught += error.has_value();
        }
        // Checksums guard all but the lengths of chunks that may be missing.
        CHECK(caught + 40 > bytes.size());
    }
}

TEST_CASE("a picture that claims more pixels than its bytes can hold is refused before memory is asked for") {
    std::string bytes = encode_png(Tensor::zeros({8, 8}));
    // The sizes of the header chunk, with its checksum made anew.
    auto claim = [&](uint32_t width, uint32_t height) {
        std::string changed = bytes;
        changed.replace(16, 4, bytes_of(width, true));
        changed.replace(20, 4, bytes_of(height, true));
        uint32_t crc = 0xffffffff;
        for (size_t i = 12; i < 29; ++i) {
            crc ^= uint8_t(changed[i]);
            for (int b = 0; b < 8; ++b) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        }
        return changed.replace(29, 4, bytes_of(~crc, true));
    };
    CHECK(!error_of([&] {
        const auto same = claim(8, 8);
        MemoryInput in("x", same.data(), same.size());
        read_png(in);
    }));
    CHECK(refused(reading, claim(900000, 900000), "cannot hold"));
    CHECK(refused(reading, claim(1, 999999), "cannot hold"));
    CHECK(refused(reading, claim(2000000, 1), "no intact PNG"));
    CHECK(refused(reading, claim(0, 8), "no intact PNG"));
    CHECK(refused(reading, claim(0xffffffff, 0xffffffff), "no intact PNG"));
}
