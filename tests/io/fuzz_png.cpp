#include <zlib.h>

#include "io/png.h"
#include "tests/io/fuzz.h"

namespace {

// Damage seldom gets past the checksum of its chunk: make the checksums anew, as an attacker would.
std::string with_good_checksums(std::string bytes) {
    for (size_t at = 8; at + 12 <= bytes.size();) {
        const auto* p = reinterpret_cast<const uint8_t*>(bytes.data()) + at;
        const size_t length = size_t(p[0]) << 24 | size_t(p[1]) << 16 | size_t(p[2]) << 8 | p[3];
        if (length > bytes.size() - at - 12) break;
        const uint32_t sum = uint32_t(crc32(0, p + 4, unsigned(length + 4)));
        for (size_t i = 0; i < 4; ++i) bytes[at + 8 + length + i] = char(sum >> (24 - 8 * i));
        at += 12 + length;
    }
    return bytes;
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
    std::vector<std::string> seeds;
    for (const char* name : {"grey1.png", "grey16.png", "rgb8.png", "palette.png", "opaque.png", "interlaced16.png"})
        seeds.push_back(reference_file(name));
    return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto read = [](adjoint::Input& in) { adjoint::read_png(in); };
    expect_refusal_or_success(data, size, read);
    const std::string repaired = with_good_checksums(std::string(data, data + size));
    expect_refusal_or_success(reinterpret_cast<const uint8_t*>(repaired.data()), size, read);
    return 0;
}
