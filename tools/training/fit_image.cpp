#include "tools/training/fit_image.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "engine/error.h"
#include "io/file_kind.h"
#include "io/image.h"
#include "io/png.h"

namespace adjoint {

namespace {

template <class T>
bool parse(const std::string& text, T& value) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stop == end && !text.empty();
}

std::pair<double, double> range_of(const FitSettings& settings, const Image& image) {
    const std::string& range = settings.range;
    if (range == "none") return {0, 1};
    if (range == "auto" && image.nominal) return {image.low, image.high};
    if (range == "auto" || range == "minmax") {
        const ValueRange values = value_range(image.pixels);
        // A constant image keeps its value; any range would do.
        return values.high > values.low ? std::pair(values.low, values.high) : std::pair(values.low, values.low + 1);
    }
    std::pair<double, double> given;
    const size_t colon = range.find(':');
    if (colon == std::string::npos || !parse(range.substr(0, colon), given.first) ||
        !parse(range.substr(colon + 1), given.second) || !std::isfinite(given.first) || !std::isfinite(given.second) ||
        !(given.first < given.second))
        fail(ExitCode::usage, "fit, range '" + range + "'", "it is none of auto, minmax, none and low:high",
             "for example --range 0:4095");
    return given;
}

int bits_of(const std::string& path) {
    FileInput input(path);
    if (kind_of(input) != FileKind::png) return 0;
    input.rewind();
    return read_png_info(input).bits > 8 ? 16 : 8;
}

}  // namespace

std::pair<int64_t, int64_t> parse_size(const std::string& text, const std::string& setting) {
    const size_t x = text.find('x');
    int64_t height = 0, width = 0;
    const bool good = parse(text.substr(0, x), height) && (x == std::string::npos || parse(text.substr(x + 1), width));
    if (x == std::string::npos) width = height;
    if (!good || height < 1 || width < 1)
        fail(ExitCode::usage, "fit, " + setting + " '" + text + "'", "it is neither a size nor height x width",
             "for example --" + setting + " 224 or --" + setting + " 224x320");
    return {height, width};
}

Tensor centre_crop(const Tensor& pixels, int64_t height, int64_t width) {
    const int64_t C = pixels.size(0), H = pixels.size(1), W = pixels.size(2);
    if (height > H || width > W)
        fail(ExitCode::usage, "fit, crop " + std::to_string(height) + "x" + std::to_string(width),
             "the image is only " + std::to_string(H) + "x" + std::to_string(W),
             "choose a smaller crop, or put zeros around it with --pad");
    const int64_t top = (H - height) / 2, left = (W - width) / 2;
    Tensor part = Tensor::empty({C, height, width});
    const float* from = pixels.data<float>();
    float* to = part.mutable_data<float>("crop");
    for (int64_t c = 0; c < C; ++c)
        for (int64_t i = 0; i < height; ++i)
            std::memcpy(to + (c * height + i) * width, from + (c * H + top + i) * W + left,
                        size_t(width) * sizeof(float));
    return part;
}

Tensor zeros_around(const Tensor& pixels, int64_t height, int64_t width) {
    const int64_t C = pixels.size(0), H = pixels.size(1), W = pixels.size(2);
    if (H >= height && W >= width) return pixels;
    const int64_t rows = std::max(height, H), columns = std::max(width, W);
    const int64_t top = (rows - H) / 2, left = (columns - W) / 2;
    Tensor whole = Tensor::zeros({C, rows, columns});
    const float* from = pixels.data<float>();
    float* to = whole.mutable_data<float>("pad");
    for (int64_t c = 0; c < C; ++c)
        for (int64_t i = 0; i < H; ++i)
            std::memcpy(to + (c * rows + top + i) * columns + left, from + (c * H + i) * W, size_t(W) * sizeof(float));
    return whole;
}

FitImage load_fit_image(const FitSettings& settings) {
    const Image image = read_image(settings.image, {.slices = parse_slices(settings.slice)});
    const auto [low, high] = range_of(settings, image);
    FitImage fit;
    // The range is that of the whole image, so that two crops of it are comparable.
    fit.pixels = low == 0 && high == 1 ? image.pixels : normalised(image.pixels, low, high);
    if (value_range(fit.pixels).not_finite > 0)
        fail(ExitCode::usage, "fit, range '" + settings.range + "'", "it makes pixels of " + settings.image + " infinite",
             "give a range nearer to the image's values");
    if (!settings.pad.empty()) {
        const auto [height, width] = parse_size(settings.pad, "pad");
        fit.pixels = zeros_around(fit.pixels, height, width);
    }
    if (!settings.crop.empty()) {
        const auto [height, width] = parse_size(settings.crop, "crop");
        fit.pixels = centre_crop(fit.pixels, height, width);
    }
    fit.picture = {fit.pixels.size(1), fit.pixels.size(2), low, high, bits_of(settings.image)};
    fit.source = image.source;
    return fit;
}

}  // namespace adjoint
