#include "io/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/error.h"

namespace adjoint {

void Input::refuse(std::string_view field, const std::string& found, const std::string& advice) const {
    fail(ExitCode::invalid_input, "reading " + name_, (field.empty() ? "" : std::string(field) + " ") + found, advice);
}

void Input::require(uint64_t bytes, std::string_view field) const {
    if (bytes <= most_left()) return;
    refuse(field, "needs " + std::to_string(bytes) + " bytes, but " + (size_is_exact() ? "" : "at most ") +
           std::to_string(most_left()) + " are left", "the file is truncated or damaged: copy or write it again");
}

size_t Input::read_some(void* to, size_t bytes) {
    const size_t n = size_t(std::min<uint64_t>(bytes, most_left()));
    read(to, n, "the beginning");
    return n;
}

FileInput::FileInput(const std::filesystem::path& path) : Input(path.string()) {
    // Not blocking, so that a pipe without a writer is refused instead of waited for.
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file_ < 0)
        refuse("", errno == ENOENT ? "there is no such file" : std::strerror(errno),
               errno == ENOENT ? "check the name and the folder" : "check the file's permissions");
    struct stat status;
    if (::fstat(file_, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(file_);
        refuse("", S_ISDIR(status.st_mode) ? "it is a folder" : "it is not a regular file", "give a file");
    }
    size_ = uint64_t(status.st_size);
}

FileInput::~FileInput() { ::close(file_); }

namespace {

// Reads exactly `bytes` at `offset`, or as many as there are.
size_t read_at(int file, uint64_t offset, void* to, size_t bytes) {
    size_t done = 0;
    while (done < bytes) {
        const ssize_t n = ::pread(file, static_cast<char*>(to) + done, bytes - done, off_t(offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        done += size_t(n);
    }
    return done;
}

}  // namespace

void FileInput::fill() {
    buffer_.resize(size_t(std::min<uint64_t>(1 << 16, size_ - position_)));
    buffer_start_ = position_;
    buffer_.resize(read_at(file_, position_, buffer_.data(), buffer_.size()));
}

void FileInput::read(void* to, size_t bytes, std::string_view field) {
    require(bytes, field);
    auto* out = static_cast<uint8_t*>(to);
    while (bytes > 0) {
        const uint64_t buffered = buffer_start_ + buffer_.size();
        size_t n = 0;
        if (position_ >= buffer_start_ && position_ < buffered) {
            n = size_t(std::min<uint64_t>(bytes, buffered - position_));
            std::memcpy(out, buffer_.data() + (position_ - buffer_start_), n);
        } else if (bytes >= (1 << 16)) {
            n = read_at(file_, position_, out, bytes);
            if (n == 0) refuse(field, "cannot be read any more", "the file has changed, or its disk is damaged");
        } else {
            fill();
            if (buffer_.empty())
                refuse(field, "cannot be read any more", "the file has changed, or its disk is damaged");
        }
        position_ += n;
        out += n;
        bytes -= n;
    }
}

void FileInput::skip(uint64_t bytes, std::string_view field) {
    require(bytes, field);
    position_ += bytes;
}

void MemoryInput::read(void* to, size_t bytes, std::string_view field) {
    require(bytes, field);
    if (bytes) std::memcpy(to, data_ + position_, bytes);
    position_ += bytes;
}

void MemoryInput::skip(uint64_t bytes, std::string_view field) {
    require(bytes, field);
    position_ += bytes;
}

uint64_t checked_product(const Input& input, uint64_t a, uint64_t b, std::string_view field) {
    uint64_t product;
    if (__builtin_mul_overflow(a, b, &product) || product > uint64_t(INT64_MAX))
        input.refuse(field, "is larger than any file can be", "the file is damaged: write it again");
    return product;
}

uint64_t checked_sum(const Input& input, uint64_t a, uint64_t b, std::string_view field) {
    uint64_t sum;
    if (__builtin_add_overflow(a, b, &sum) || sum > uint64_t(INT64_MAX))
        input.refuse(field, "is larger than any file can be", "the file is damaged: write it again");
    return sum;
}

}  // namespace adjoint
