#include <png.h>

#include <csetjmp>
#include <cstring>
#include <exception>
#include <vector>

#include "engine/error.h"
#include "io/png.h"

namespace adjoint {

namespace {

// libpng reports errors by longjmp, which must not cross C++ objects with destructors. So everything that libpng may
// leave in this way lives in this object, and each member function that calls it holds nothing but plain values.
class Decoder {
public:
    explicit Decoder(Input& input) : input_(input) {
        png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
        if (png_) info_ = png_create_info_struct(png_);
        if (!info_) {
            png_destroy_read_struct(&png_, nullptr, nullptr);
            fail(ExitCode::resources, "reading " + input.name(), "there is not enough memory for libpng");
        }
        png_set_read_fn(png_, this, on_read);
        png_set_user_limits(png_, 1'000'000, 1'000'000);
        png_set_chunk_malloc_max(png_, 8'000'000);
        png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, 0);
    }
    ~Decoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    PngInfo header() {
        if (!read_header()) refuse();
        const int colour = png_get_color_type(png_, info_);
        PngInfo info;
        info.width = png_get_image_width(png_, info_);
        info.height = png_get_image_height(png_, info_);
        info.bits = png_get_bit_depth(png_, info_);
        info.palette = colour == PNG_COLOR_TYPE_PALETTE;
        info.channels = colour & PNG_COLOR_MASK_COLOR ? 3 : 1;
        info.alpha = colour & PNG_COLOR_MASK_ALPHA || png_get_valid(png_, info_, PNG_INFO_tRNS);
        info.interlaced = png_get_interlace_type(png_, info_) != PNG_INTERLACE_NONE;
        return info;
    }

    // After `header`. Rows of 8- or 16-bit samples (the latter big-endian) of all channels.
    void pixels() {
        if (!prepare()) refuse();
        row_bytes = png_get_rowbytes(png_, info_);
        samples = png_get_channels(png_, info_);
        const size_t height = png_get_image_height(png_, info_);
        // Deflate expands by a factor of 1032 at most: a picture that claims more than that is none.
        const uint64_t bytes = checked_product(input_, row_bytes, height, "the picture");
        if (bytes / 1032 > input_.most_left())
            input_.refuse("the picture", "claims " + std::to_string(bytes) + " bytes, which the " +
                          std::to_string(input_.most_left()) + " bytes of the file cannot hold", "the file is damaged");
        bytes_.resize(size_t(bytes));
        rows_.resize(height);
        for (size_t y = 0; y < height; ++y) rows_[y] = bytes_.data() + y * row_bytes;
        if (!read_rows()) refuse();
    }
    const uint8_t* row(int64_t y) const { return rows_[size_t(y)]; }

    size_t row_bytes = 0;
    int samples = 0;  // per pixel

private:
    bool read_header() {
        if (setjmp(png_jmpbuf(png_))) return false;
        png_read_info(png_, info_);
        return true;
    }
    bool prepare() {
        if (setjmp(png_jmpbuf(png_))) return false;
        png_set_expand(png_);  // palettes to RGB, 1 to 4 bits to 8, transparent colours to alpha
        png_set_interlace_handling(png_);
        png_read_update_info(png_, info_);
        return true;
    }
    bool read_rows() {
        if (setjmp(png_jmpbuf(png_))) return false;
        png_read_image(png_, rows_.data());
        png_read_end(png_, nullptr);
        return true;
    }
    [[noreturn]] void refuse() {
        if (thrown_) std::rethrow_exception(thrown_);
        input_.refuse("", std::string("it is no intact PNG picture (") + message_ + ")",
                      "open it in another program and save it again");
    }

    static void on_read(png_structp png, png_bytep to, size_t bytes) {
        auto* self = static_cast<Decoder*>(png_get_io_ptr(png));
        try {
            self->input_.read(to, bytes, "the picture");
        } catch (...) {
            self->thrown_ = std::current_exception();
        }
        if (self->thrown_) png_error(png, "reading failed");  // outside the handler: it does not return
    }
    static void on_error(png_structp png, png_const_charp message) {
        auto* self = static_cast<Decoder*>(png_get_error_ptr(png));
        std::strncpy(self->message_, message, sizeof self->message_ - 1);
        png_longjmp(png, 1);
    }
    static void on_warning(png_structp, png_const_charp) {}

    Input& input_;
    png_structp png_ = nullptr;
    png_infop info_ = nullptr;
    std::vector<uint8_t> bytes_;
    std::vector<png_bytep> rows_;
    std::exception_ptr thrown_;
    char message_[200] = {};
};

int sample_at(const uint8_t* row, int64_t i, bool wide) {
    return wide ? row[2 * i] << 8 | row[2 * i + 1] : row[i];
}

}  // namespace

PngInfo read_png_info(Input& input) { return Decoder(input).header(); }

namespace {

// `transparent`: receives the index y · width + x of the first pixel that is not opaque, −1 where there is none.
Tensor decode(Input& input, PngInfo& info, int64_t& transparent) {
    Decoder decoder(input);
    info = decoder.header();
    decoder.pixels();
    const bool wide = info.bits == 16, alpha = decoder.samples == 2 || decoder.samples == 4;
    const int64_t samples = decoder.samples, channels = samples - alpha, plane = info.width * info.height;
    const int largest = wide ? 65535 : 255;
    Tensor picture = Tensor::empty({channels, info.height, info.width});
    float* out = picture.mutable_data<float>("read_png");
    transparent = -1;
    for (int64_t i = 0; i < plane; ++i) {
        const uint8_t* row = decoder.row(i / info.width);
        const int64_t x = i % info.width;
        for (int64_t c = 0; c < channels; ++c)
            out[c * plane + i] = float(sample_at(row, x * samples + c, wide)) / float(largest);
        if (alpha && transparent < 0 && sample_at(row, x * samples + channels, wide) != largest) transparent = i;
    }
    return picture;
}

}  // namespace

Tensor read_png_colours(Input& input, PngInfo* info, bool* transparent) {
    int64_t first = -1;
    Tensor picture = decode(input, *info, first);
    *transparent = first >= 0;
    return picture;
}

Tensor read_png(Input& input, PngInfo* info_out) {
    PngInfo info;
    int64_t transparent = -1;
    Tensor picture = decode(input, info, transparent);
    if (info_out) *info_out = info;
    if (transparent >= 0)
        input.refuse("", "its pixel in row " + std::to_string(transparent / info.width) + ", column " +
                     std::to_string(transparent % info.width) + ", is transparent",
                     "lay the picture over a background and save it without transparency");
    return picture;
}

Tensor read_png(const std::filesystem::path& path, PngInfo* info) {
    FileInput input(path);
    return read_png(input, info);
}

}  // namespace adjoint
