#include "io/picture.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/error.h"

namespace adjoint {

namespace {

using Rgb = std::array<double, 3>;
constexpr double pi = 3.14159265358979324;

// Oklab (lightness, a, b) to linear RGB.
Rgb linear_rgb(double lightness, double a, double b) {
    auto cube = [](double x) { return x * x * x; };
    const double l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
    const double m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
    const double s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
    return {4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
            -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
            -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
}

double encoded(double linear) {  // sRGB's transfer function
    const double x = std::clamp(linear, 0.0, 1.0);
    return x <= 0.0031308 ? 12.92 * x : 1.055 * std::pow(x, 1 / 2.4) - 0.055;
}

Rgb colour_of(double t) {
    const double hue = (265 + 205 * t) * pi / 180, a = std::cos(hue), b = std::sin(hue);
    // The chroma wanted, or, where a channel cannot show it, the largest that all can (by bisection).
    double chroma = 0.17 * std::pow(std::sin(pi * t), 0.8), low = 0, high = chroma;
    auto shown = [&](double c) {
        const Rgb rgb = linear_rgb(t, c * a, c * b);
        return std::all_of(rgb.begin(), rgb.end(), [](double v) { return v >= 0 && v <= 1; });
    };
    for (int i = 0; i < 24 && !shown(chroma); ++i) {
        const double middle = (low + high) / 2;
        (shown(middle) ? low : high) = middle;
        if (i == 23) chroma = low;
    }
    Rgb rgb = linear_rgb(t, chroma * a, chroma * b);
    for (double& v : rgb) v = encoded(v);
    return rgb;
}

const std::array<Rgb, 1024>& colours() {
    static const std::array<Rgb, 1024> table = [] {
        std::array<Rgb, 1024> made;
        // Lightness 0.98 at the end: there is no coloured white.
        for (size_t i = 0; i < made.size(); ++i) made[i] = colour_of(0.98 * double(i) / double(made.size() - 1));
        return made;
    }();
    return table;
}

struct Size {
    int64_t channels, height, width;
};

Size size_of_picture(const Tensor& t, const char* who) {
    const Shape& s = t.shape();
    if (s.rank() == 2) return {1, s[0], s[1]};
    if (s.rank() == 3 && (s[0] == 1 || s[0] == 3)) return {s[0], s[1], s[2]};
    fail(ExitCode::usage, std::string(who) + " of a tensor " + s.text(), "it is no picture",
         "pictures are height×width, 1×height×width or 3×height×width");
}

}  // namespace

Tensor colour_mapped(const Tensor& values, double low, double high) {
    const Size size = size_of_picture(values, "the colour map");
    if (size.channels != 1)
        fail(ExitCode::usage, "the colour map of a tensor " + values.shape().text(), "it has three channels already");
    const Tensor host = values.to(Device::cpu).to(Type::float64);
    const double* in = host.data<double>();
    const int64_t plane = size.height * size.width;
    Tensor picture = Tensor::empty({3, size.height, size.width});
    float* out = picture.mutable_data<float>("colour_mapped");
    const auto& table = colours();
    for (int64_t i = 0; i < plane; ++i) {
        const double t = high > low ? (in[i] - low) / (high - low) : 0;
        const Rgb colour = std::isnan(in[i])
                               ? Rgb{0, 1, 0}
                               : table[size_t(std::lround(std::clamp(t, 0.0, 1.0) * double(table.size() - 1)))];
        for (size_t c = 0; c < 3; ++c) out[int64_t(c) * plane + i] = float(colour[c]);
    }
    return picture;
}

Tensor absolute_error(const Tensor& a, const Tensor& b) {
    const Size size = size_of_picture(a, "the error map");
    if (!(a.shape() == b.shape()))
        fail(ExitCode::usage, "the error map of " + a.shape().text() + " and " + b.shape().text(),
             "their shapes differ");
    const Tensor wide_a = a.to(Device::cpu).to(Type::float64), wide_b = b.to(Device::cpu).to(Type::float64);
    const double *x = wide_a.data<double>(), *y = wide_b.data<double>();
    const int64_t plane = size.height * size.width;
    Tensor error = Tensor::zeros({size.height, size.width});
    float* out = error.mutable_data<float>("absolute_error");
    for (int64_t c = 0; c < size.channels; ++c)
        for (int64_t i = 0; i < plane; ++i) {
            const double difference = std::fabs(x[c * plane + i] - y[c * plane + i]);
            if (std::isnan(difference) || difference > out[i]) out[i] = float(difference);
        }
    return error;
}

Tensor mosaic(const std::vector<Tensor>& pictures, int columns, int64_t gap) {
    if (pictures.empty() || columns < 1 || gap < 0)
        fail(ExitCode::usage,
             "a mosaic of " + std::to_string(pictures.size()) + " pictures in " + std::to_string(columns) + " columns",
             "there must be at least one of each");
    int64_t height = 0, width = 0;
    for (const Tensor& p : pictures) {
        const Size size = size_of_picture(p, "a mosaic");
        height = std::max(height, size.height);
        width = std::max(width, size.width);
    }
    const int64_t count = int64_t(pictures.size()), across = std::min<int64_t>(columns, count),
                  down = (count + across - 1) / across;
    Tensor all = Tensor::full({3, down * height + (down - 1) * gap, across * width + (across - 1) * gap}, 1);
    float* out = all.mutable_data<float>("mosaic");
    const int64_t row_length = all.shape()[2], plane = all.shape()[1] * row_length;
    for (int64_t n = 0; n < count; ++n) {
        const Tensor host = pictures[size_t(n)].to(Device::cpu).to(Type::float32);
        const Size size = size_of_picture(host, "a mosaic");
        const float* in = host.data<float>();
        const int64_t top = n / across * (height + gap) + (height - size.height) / 2;
        const int64_t left = n % across * (width + gap) + (width - size.width) / 2;
        for (int64_t c = 0; c < 3; ++c)
            for (int64_t y = 0; y < size.height; ++y)
                std::copy_n(in + (size.channels == 3 ? c : 0) * size.height * size.width + y * size.width, size.width,
                            out + c * plane + (top + y) * row_length + left);
    }
    return all;
}

Tensor magnified(const Tensor& picture, int64_t factor) {
    const Size size = size_of_picture(picture, "magnifying");
    if (factor < 1) fail(ExitCode::usage, "magnifying by " + std::to_string(factor), "the factor is 1 or more");
    const Tensor host = picture.to(Device::cpu).to(Type::float32);
    Tensor large = Tensor::empty({size.channels, size.height * factor, size.width * factor});
    const float* in = host.data<float>();
    float* out = large.mutable_data<float>("magnified");
    for (int64_t row = 0; row < size.channels * size.height * factor; ++row)
        for (int64_t x = 0; x < size.width * factor; ++x) *out++ = in[row / factor * size.width + x / factor];
    return large;
}

}  // namespace adjoint
