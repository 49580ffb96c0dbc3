#include <png.h>

#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <vector>

#include "engine/error.h"
#include "io/atomic_file.h"
#include "io/png.h"

namespace adjoint {

namespace {

// See png_read.cpp: libpng leaves by longjmp, so what it touches lives in this object.
class Encoder {
public:
    Encoder(int64_t width, int64_t height, int channels, int bits)
        : width_(width), height_(height), channels_(channels), bits_(bits) {
        png_ = png_create_write_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
        if (png_) info_ = png_create_info_struct(png_);
        if (!info_) out_of_memory();
        png_set_write_fn(png_, this, on_write, on_flush);
    }
    ~Encoder() { png_destroy_write_struct(&png_, &info_); }
    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;

    void write(std::vector<png_bytep>& rows) {
        if (!write_rows(rows.data())) out_of_memory();
    }
    std::string bytes;

private:
    bool write_rows(png_bytepp rows) {
        if (setjmp(png_jmpbuf(png_))) return false;
        png_set_IHDR(png_, info_, png_uint_32(width_), png_uint_32(height_), bits_,
                     channels_ == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
        png_set_compression_level(png_, 6);
        png_write_info(png_, info_);
        png_write_image(png_, rows);
        png_write_end(png_, info_);
        return true;
    }
    [[noreturn]] void out_of_memory() {  // the one thing that can go wrong when writing a valid picture into memory
        png_destroy_write_struct(&png_, &info_);
        fail(ExitCode::resources, "encoding a PNG picture", "there is not enough memory for it");
    }
    static void on_write(png_structp png, png_bytep data, size_t size) {
        auto* self = static_cast<Encoder*>(png_get_io_ptr(png));
        bool failed = false;
        try {
            self->bytes.append(reinterpret_cast<const char*>(data), size);
        } catch (...) {
            failed = true;
        }
        if (failed) png_error(png, "no memory");
    }
    static void on_flush(png_structp) {}
    static void on_error(png_structp png, png_const_charp) { png_longjmp(png, 1); }
    static void on_warning(png_structp, png_const_charp) {}

    png_structp png_ = nullptr;
    png_infop info_ = nullptr;
    int64_t width_, height_;
    int channels_, bits_;
};

}  // namespace

std::string encode_png(const Tensor& picture, int bits) {
    const Shape& shape = picture.shape();
    const int64_t channels = shape.rank() == 3 ? shape[0] : 1;
    if ((shape.rank() != 2 && shape.rank() != 3) || (channels != 1 && channels != 3) || shape.count() == 0)
        fail(ExitCode::usage, "writing a tensor " + shape.text() + " as PNG", "it is no picture",
             "pictures are height×width, 1×height×width or 3×height×width");
    if (bits != 8 && bits != 16)
        fail(ExitCode::usage, "writing a PNG picture with " + std::to_string(bits) + " bits", "8 and 16 are possible");
    const int64_t height = shape[shape.rank() - 2], width = shape.last(), plane = width * height;
    if (height > 1'000'000 || width > 1'000'000)
        fail(ExitCode::usage, "writing a tensor " + shape.text() + " as PNG", "a side is longer than 10^6 pixels");

    const Tensor host = picture.to(Device::cpu).to(Type::float64);
    const double* in = host.data<double>();
    const double largest = bits == 8 ? 255 : 65535;
    const size_t width_of_sample = size_t(bits) / 8, row_bytes = size_t(width * channels) * width_of_sample;
    std::vector<uint8_t> bytes(row_bytes * size_t(height));
    std::vector<png_bytep> rows(size_t(height), nullptr);
    for (int64_t y = 0; y < height; ++y) {
        uint8_t* out = rows[size_t(y)] = bytes.data() + size_t(y) * row_bytes;
        for (int64_t x = 0; x < width; ++x)
            for (int64_t c = 0; c < channels; ++c) {
                const double value = in[c * plane + y * width + x];
                if (std::isnan(value))
                    fail(ExitCode::numerical, "writing a tensor " + shape.text() + " as PNG", "its pixel in row " +
                         std::to_string(y) + ", column " + std::to_string(x) + ", is not a number");
                const int level = int(std::lround(std::clamp(value, 0.0, 1.0) * largest));
                if (bits == 16) *out++ = uint8_t(level >> 8);
                *out++ = uint8_t(level);
            }
    }
    Encoder encoder(width, height, int(channels), bits);
    encoder.write(rows);
    return std::move(encoder.bytes);
}

void write_png(const std::filesystem::path& path, const Tensor& picture, int bits) {
    write_atomically(path, encode_png(picture, bits));
}

}  // namespace adjoint
