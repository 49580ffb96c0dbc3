// What the tests of io share: a scratch folder, files with given bytes, and errors as values.
#pragma once
#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "engine/error.h"
#include "engine/tensor.h"
#include "io/input.h"

namespace adjoint::io_test {

struct Scratch {
    std::filesystem::path path;
    Scratch() {
        char name[] = "/tmp/adjoint_io_XXXXXX";
        path = mkdtemp(name);
    }
    ~Scratch() { std::filesystem::remove_all(path); }
    std::filesystem::path operator/(const std::string& name) const { return path / name; }
    size_t entries() const {
        return size_t(std::distance(std::filesystem::directory_iterator(path), std::filesystem::directory_iterator()));
    }
};

inline std::string content(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

inline void put(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

// The Error that `action` throws; none: it went well.
std::optional<Error> error_of(auto&& action) {
    try {
        action();
    } catch (const Error& e) {
        return e;
    }
    return std::nullopt;
}

// Does `read(Input&)` refuse these bytes as invalid input, with a message that names the file and contains `sentence`?
bool refused(auto&& read, const std::string& bytes, const std::string& sentence = "") {
    MemoryInput input("damaged.file", bytes.data(), bytes.size());
    const auto error = error_of([&] { read(input); });
    if (!error) return false;
    const std::string message = error->what();
    INFO(message);
    CHECK(error->code == ExitCode::invalid_input);
    CHECK(message.find("damaged.file") != std::string::npos);
    CHECK(message.find(sentence) != std::string::npos);
    return true;
}

// The bytes of a number, lowest first (or last).
template <class T>
std::string bytes_of(T value, bool big_endian = false) {
    std::string bytes(reinterpret_cast<const char*>(&value), sizeof value);
    return big_endian ? std::string(bytes.rbegin(), bytes.rend()) : bytes;
}

}  // namespace adjoint::io_test
