// SHA-256 (FIPS 180-4): the fingerprint of inputs in manifests, and of weights in model files.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace adjoint {

class Sha256 {
public:
    void add(const void* data, size_t bytes);
    void add(const std::string& text) { add(text.data(), text.size()); }
    std::string hex();  // of all that was added, 64 digits; call it once, last

private:
    void block(const uint8_t* bytes);
    uint32_t h_[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    uint8_t waiting_[64];
    uint64_t total_ = 0;  // bytes
};

std::string sha256_of_file(const std::filesystem::path&);  // errors: invalid input, where it cannot be read

}  // namespace adjoint
