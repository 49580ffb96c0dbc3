// Gzip-compressed bytes, through zlib.
#pragma once
#include <zlib.h>

#include <vector>

#include "io/atomic_file.h"
#include "io/input.h"

namespace adjoint {

bool begins_like_gzip(Input&);  // rewinds it

// The decompressed bytes of another Input, which must outlive it. Deflate expands by a factor of 1032 at most, which
// bounds what can be left: a small file that claims to hold gigabytes is refused before memory is asked for.
class GzipInput : public Input {
public:
    explicit GzipInput(Input& compressed);
    ~GzipInput() override;
    void read(void* to, size_t bytes, std::string_view field) override;
    void skip(uint64_t bytes, std::string_view field) override;
    uint64_t most_left() const override;
    bool size_is_exact() const override { return false; }
    void rewind() override;

    // Reads to the end, which verifies the checksum. Errors (invalid_input): more than `allowed` bytes are still there.
    void finish(uint64_t allowed);

private:
    size_t inflate_some(uint8_t* to, size_t bytes, std::string_view field);  // 0: the end
    Input& compressed_;
    z_stream stream_ = {};
    std::vector<uint8_t> buffer_;
    bool ended_ = false;
};

// Compresses into a file; no name or time is stored, so that the same content gives the same bytes.
class GzipOutput {
public:
    explicit GzipOutput(AtomicFile&);
    ~GzipOutput();
    GzipOutput(const GzipOutput&) = delete;
    GzipOutput& operator=(const GzipOutput&) = delete;
    void write(const void* data, size_t bytes);
    void finish();  // then commit the file

private:
    void deflate_some(int flush);
    AtomicFile& file_;
    z_stream stream_ = {};
    std::vector<uint8_t> buffer_;
};

}  // namespace adjoint
