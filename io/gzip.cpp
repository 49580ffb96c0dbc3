#include "io/gzip.h"

#include <algorithm>

#include "engine/error.h"

namespace adjoint {

namespace {

constexpr size_t portion = 1 << 16;
constexpr int gzip_format = 15 + 16;  // zlib: a window of 2^15 bytes, a gzip header

[[noreturn]] void no_memory(const std::string& what) {
    fail(ExitCode::resources, what, "there is not enough memory for zlib", "close other programs");
}

}  // namespace

bool begins_like_gzip(Input& input) {
    uint8_t start[2] = {};
    const size_t n = input.read_some(start, 2);
    input.rewind();
    return n == 2 && start[0] == 0x1f && start[1] == 0x8b;
}

GzipInput::GzipInput(Input& compressed) : Input(compressed.name()), compressed_(compressed) {
    if (inflateInit2(&stream_, gzip_format) != Z_OK) no_memory("reading " + name());
}

GzipInput::~GzipInput() { inflateEnd(&stream_); }

void GzipInput::rewind() {
    compressed_.rewind();
    stream_.avail_in = 0;
    ended_ = false;
    inflateReset(&stream_);
}

uint64_t GzipInput::most_left() const {
    if (ended_) return 0;
    // The constant: what zlib may hold back inside.
    const uint64_t compressed = compressed_.most_left() + stream_.avail_in;
    return compressed > (uint64_t(1) << 50) ? uint64_t(1) << 60 : compressed * 1032 + portion;
}

size_t GzipInput::inflate_some(uint8_t* to, size_t bytes, std::string_view field) {
    stream_.next_out = to;
    stream_.avail_out = unsigned(std::min<size_t>(bytes, 1 << 30));
    const unsigned asked = stream_.avail_out;
    while (!ended_ && stream_.avail_out == asked) {
        if (stream_.avail_in == 0) {
            buffer_.resize(portion);
            stream_.avail_in = unsigned(compressed_.read_some(buffer_.data(), portion));
            stream_.next_in = buffer_.data();
            if (stream_.avail_in == 0)
                refuse(field, "is not there: the compressed data end too early",
                       "the file is truncated: copy it again");
        }
        const int result = inflate(&stream_, Z_NO_FLUSH);
        if (result == Z_STREAM_END) {
            // Another member may follow; anything else after the last one (padding) is none of ours.
            if (stream_.avail_in == 0) {
                buffer_.resize(portion);
                stream_.avail_in = unsigned(compressed_.read_some(buffer_.data(), portion));
                stream_.next_in = buffer_.data();
            }
            if (stream_.avail_in > 0 && stream_.next_in[0] == 0x1f)
                inflateReset(&stream_);
            else
                ended_ = true;
        } else if (result == Z_MEM_ERROR) {
            no_memory("reading " + name());
        } else if (result != Z_OK) {
            refuse(field, std::string("cannot be decompressed (") + (stream_.msg ? stream_.msg : "damaged data") + ")",
                   "the file is damaged: copy it again");
        }
    }
    return asked - stream_.avail_out;
}

void GzipInput::read(void* to, size_t bytes, std::string_view field) {
    require(bytes, field);
    auto* out = static_cast<uint8_t*>(to);
    const size_t asked = bytes;
    while (bytes > 0) {
        const size_t n = inflate_some(out, bytes, field);
        if (n == 0)
            refuse(field,
                   "needs " + std::to_string(asked) + " bytes, but " + std::to_string(asked - bytes) + " are left",
                   "the file is truncated or damaged: copy or write it again");
        out += n;
        bytes -= n;
    }
}

void GzipInput::skip(uint64_t bytes, std::string_view field) {
    require(bytes, field);
    std::vector<uint8_t> scratch(size_t(std::min<uint64_t>(bytes, portion)));
    for (uint64_t done = 0; done < bytes;) {
        const size_t n = size_t(std::min<uint64_t>(scratch.size(), bytes - done));
        read(scratch.data(), n, field);
        done += n;
    }
}

void GzipInput::finish(uint64_t allowed) {
    std::vector<uint8_t> scratch(portion);
    for (uint64_t seen = 0;;) {
        const size_t n = inflate_some(scratch.data(), scratch.size(), "the end of the data");
        if (n == 0) return;
        seen += n;
        if (seen > allowed)
            refuse("the data", "go on after their end", "the file is damaged, or another program's: write it again");
    }
}

GzipOutput::GzipOutput(AtomicFile& file) : file_(file), buffer_(portion) {
    if (deflateInit2(&stream_, 6, Z_DEFLATED, gzip_format, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        no_memory("compressing a file");
}

GzipOutput::~GzipOutput() { deflateEnd(&stream_); }

void GzipOutput::deflate_some(int flush) {
    do {
        stream_.next_out = buffer_.data();
        stream_.avail_out = unsigned(buffer_.size());
        deflate(&stream_, flush);
        file_.write(buffer_.data(), buffer_.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
}

void GzipOutput::write(const void* data, size_t bytes) {
    const auto* next = static_cast<const uint8_t*>(data);
    while (bytes > 0) {
        const size_t n = std::min<size_t>(bytes, 1 << 30);
        stream_.next_in = const_cast<uint8_t*>(next);  // zlib's interface has no const; it only reads
        stream_.avail_in = unsigned(n);
        deflate_some(Z_NO_FLUSH);
        next += n;
        bytes -= n;
    }
}

void GzipOutput::finish() { deflate_some(Z_FINISH); }

}  // namespace adjoint
