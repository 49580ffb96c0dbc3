// Reading bytes that nobody vouches for: every reader stands on an Input, which knows how many bytes there can be.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace adjoint {

// A sequence of bytes, read from front to back. What is not there is an Error (invalid_input) that names the file and
// the field that was being read.
class Input {
public:
    explicit Input(std::string name) : name_(std::move(name)) {}
    virtual ~Input() = default;
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    const std::string& name() const { return name_; }  // for messages: the file's path

    virtual void read(void* to, size_t bytes, std::string_view field) = 0;
    virtual void skip(uint64_t bytes, std::string_view field) = 0;
    // How many bytes can follow at most: exact for files, an upper bound for compressed data. Memory for a size that a
    // header claims is allocated only after a comparison with this.
    virtual uint64_t most_left() const = 0;
    virtual bool size_is_exact() const { return true; }
    virtual void rewind() = 0;  // to the first byte

    // Reads up to `bytes`, fewer where the input ends before; returns how many.
    size_t read_some(void* to, size_t bytes);
    // Errors (invalid_input) unless `bytes` can follow; `field` is what needs them.
    void require(uint64_t bytes, std::string_view field) const;

    // Throws Error: invalid_input, "reading NAME: FIELD FOUND; ADVICE".
    [[noreturn]] void refuse(std::string_view field, const std::string& found, const std::string& advice = "") const;

private:
    std::string name_;
};

// A regular file. Errors (invalid_input): it is not there, may not be read, or is a folder or a pipe.
class FileInput : public Input {
public:
    explicit FileInput(const std::filesystem::path& path);
    ~FileInput() override;
    void read(void* to, size_t bytes, std::string_view field) override;
    void skip(uint64_t bytes, std::string_view field) override;
    uint64_t most_left() const override { return size_ - position_; }
    uint64_t size() const { return size_; }
    void rewind() override { position_ = 0; }

private:
    void fill();
    int file_ = -1;
    uint64_t size_ = 0, position_ = 0;
    std::vector<uint8_t> buffer_;  // the bytes [buffer_start_, buffer_start_ + buffer_.size()) of the file
    uint64_t buffer_start_ = 0;
};

// Bytes in memory, which must outlive it.
class MemoryInput : public Input {
public:
    MemoryInput(std::string name, const void* data, size_t size)
        : Input(std::move(name)), data_(static_cast<const uint8_t*>(data)), size_(size) {}
    void read(void* to, size_t bytes, std::string_view field) override;
    void skip(uint64_t bytes, std::string_view field) override;
    uint64_t most_left() const override { return size_ - position_; }
    void rewind() override { position_ = 0; }

private:
    const uint8_t* data_;
    uint64_t size_, position_ = 0;
};

// a · b and a + b, or an Error that names the field, where 64 bits do not hold it.
uint64_t checked_product(const Input&, uint64_t a, uint64_t b, std::string_view field);
uint64_t checked_sum(const Input&, uint64_t a, uint64_t b, std::string_view field);

}  // namespace adjoint
