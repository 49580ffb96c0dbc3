// Pictures made of numbers: colour map, error map, mosaic, curves, the head phantom.
#include "io/picture.h"

#include "engine/parallel.h"
#include "io/image.h"
#include "io/noise.h"
#include "io/phantom.h"
#include "io/svg.h"
#include "tests/io/io_test.h"

using namespace adjoint;
using namespace adjoint::io_test;

namespace {

// Lightness of an sRGB colour in Oklab, by Ottosson's matrices in the direction that the colour map does not use.
double lightness(double red, double green, double blue) {
    auto linear = [](double x) { return x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4); };
    const double r = linear(red), g = linear(green), b = linear(blue);
    const double l = std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const double m = std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const double s = std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    return 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
}

size_t count_of(const std::string& text, const std::string& part) {
    size_t count = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

double mean(const Tensor& t) {
    double sum = 0;
    for (const float x : t.values<float>()) sum += x;
    return sum / double(t.size());
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("equal steps of the colour map are equal steps of lightness") {
    Tensor ramp = Tensor::empty({1, 101});
    for (int i = 0; i <= 100; ++i) ramp.mutable_data<float>("test")[i] = float(i);
    const auto colours = colour_mapped(ramp, 0, 100).values<float>();
    for (size_t i = 0; i <= 100; ++i)
        CHECK(lightness(colours[i], colours[101 + i], colours[202 + i]) ==
              doctest::Approx(0.0098 * double(i)).epsilon(2e-3));
    const Tensor odd = Tensor::from(std::vector<float>{-5, 500, NAN}, {1, 3});
    const auto ends = colour_mapped(odd, 0, 100).values<float>();
    for (size_t c = 0; c < 3; ++c) {
        CHECK(ends[3 * c] == colours[101 * c]);
        CHECK(ends[3 * c + 1] == colours[101 * c + 100]);
        CHECK(ends[3 * c + 2] == (c == 1 ? 1 : 0));
    }
    CHECK(error_of([] { colour_mapped(Tensor::zeros({3, 2, 2}), 0, 1); })->code == ExitCode::usage);
}

TEST_CASE("error maps take the worst channel, mosaics keep every pixel") {
    const Tensor a = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 1, 2});
    const Tensor b = Tensor::from(std::vector<float>{1, 0, 3.5f, 4, 5, 7}, {3, 1, 2});
    CHECK(absolute_error(a, b).values<float>() == std::vector<float>{0.5f, 2});
    CHECK(absolute_error(a, b).shape() == Shape{1, 2});
    Tensor nan = b.copy();
    nan.mutable_data<float>("test")[2] = NAN;
    CHECK(std::isnan(absolute_error(a, nan).values<float>()[0]));
    CHECK(error_of([&] { absolute_error(a, Tensor::zeros({1, 2})); })->code == ExitCode::usage);

    const Tensor grey = Tensor::from(std::vector<float>{0.25f, 0.5f}, {2, 1});
    const Tensor all = mosaic({a, grey, grey}, 2, 1);
    REQUIRE(all.shape() == Shape{3, 5, 5});
    const auto x = all.values<float>();
    auto at = [&](int c, int row, int column) { return x[size_t(25 * c + 5 * row + column)]; };
    for (int c = 0; c < 3; ++c) {
        CHECK(at(c, 0, 0) == float(1 + 2 * c));  // the first picture, centred in a cell 2×2
        CHECK(at(c, 0, 1) == float(2 + 2 * c));
        CHECK(at(c, 1, 0) == 1);  // white
        CHECK(at(c, 0, 3) == 0.25f);
        CHECK(at(c, 1, 3) == 0.5f);
        CHECK(at(c, 2, 2) == 1);  // the gap
        CHECK(at(c, 3, 0) == 0.25f);
        CHECK(at(c, 4, 4) == 1);  // no fourth picture
    }
    CHECK(magnified(grey, 2).values<float>() == std::vector<float>{0.25f, 0.25f, 0.25f, 0.25f, 0.5f, 0.5f, 0.5f, 0.5f});
    CHECK(error_of([] { mosaic({}, 1); })->code == ExitCode::usage);
    CHECK(error_of([&] { mosaic({Tensor::zeros({2, 2, 2})}, 1); })->code == ExitCode::usage);
}

TEST_CASE("ticks are round numbers inside the range") {
    CHECK(nice_ticks(0, 500, 5) == std::vector<double>{0, 100, 200, 300, 400, 500});
    CHECK(nice_ticks(-1, 1, 4) == std::vector<double>{-1, -0.5, 0, 0.5, 1});
    for (const double scale : {1e-9, 0.3, 7.0, 1e12}) {
        const auto ticks = nice_ticks(0.1 * scale, scale, 6);
        CHECK(ticks.size() >= 3);
        CHECK(ticks.size() <= 13);
        CHECK((ticks.front() >= 0.1 * scale * (1 - 1e-9) && ticks.back() <= scale * (1 + 1e-9)));
    }
    CHECK(nice_ticks(3, 3, 5) == std::vector<double>{3});
    CHECK(nice_log_ticks(1, 1e4).size() == 5);
    CHECK(nice_log_ticks(1, 20) == std::vector<double>{1, 2, 5, 10, 20});
    CHECK(nice_log_ticks(1.1, 1.3).size() >= 3);
}

TEST_CASE("curves become polylines with gaps, and their names are safe in XML") {
    Plot plot{"a < b & \"c\"", "step", "loss"};
    plot.curves.push_back({"l2", {0, 1, 2, 3, 4, 5}, {1, 2, NAN, 3, 4, 5}});  // a gap
    plot.curves.push_back({"alone", {2}, {2}});
    std::string svg = plots_svg({plot});
    CHECK(svg.find("a &lt; b &amp; &quot;c&quot;") != std::string::npos);
    CHECK(count_of(svg, "<polyline") == 2);
    CHECK(count_of(svg, "<circle") == 1);
    for (const char* tag : {"svg", "g", "text"}) {
        const std::string name = tag;
        CHECK(count_of(svg, "<" + name + " ") == count_of(svg, "</" + name + ">"));
    }
    CHECK(svg.find("nan") == std::string::npos);
    CHECK(svg.find("inf") == std::string::npos);
    plot.log_y = true;
    plot.curves = {{"zeros", {0, 1, 2}, {0, 1e-3, 1}}};  // 0 has no logarithm
    svg = plots_svg({plot});
    CHECK(count_of(svg, "<polyline") == 1);
    CHECK(svg.find("inf") == std::string::npos);
    plot.curves = {};  // nothing to draw yet
    CHECK(plots_svg({plot, plot, plot}).find("nan") == std::string::npos);
    plot.curves = {{"odd", {0, 1}, {0}}};
    CHECK(error_of([&] { plots_svg({plot}); })->code == ExitCode::usage);
}

TEST_CASE("a long curve is thinned without losing its spikes") {
    Curve curve{"long", {}, {}};
    for (int i = 0; i < 100000; ++i) {
        curve.x.push_back(i);
        curve.y.push_back(i == 61234 ? 50 : i % 2);
    }
    const std::string svg = plots_svg({{"t", "x", "y", {curve}}});
    CHECK(svg.size() < 100000);
    // The spike is the highest point of the panel: 0.05 of the range below its upper edge.
    const double range = 340 - 48 - 62, spike = 62 + range * 0.05 / 1.1;
    char text[16];
    std::snprintf(text, sizeof text, ",%.2f ", spike);
    CHECK(svg.find(text) != std::string::npos);
}

TEST_CASE("noise is bounded, smooth, and another one in each stream") {
    const Philox one{7, 1}, two{7, 2};
    double sum = 0, largest = 0, correlation = 0, squares = 0;
    for (int i = 0; i < 4000; ++i) {
        const double x = 0.137 * i, y = 0.0713 * i - 40, v = gradient_noise(one, x, y);
        sum += v;
        squares += v * v;
        correlation += v * gradient_noise(two, x, y);
        largest = std::max(largest, std::fabs(v));
        CHECK(std::fabs(gradient_noise(one, x + 1e-6, y) - v) < 1e-5);
    }
    CHECK(largest <= 1);
    CHECK(largest > 0.6);
    CHECK(std::fabs(sum / 4000) < 0.03);
    CHECK(std::fabs(correlation) < 0.1 * squares);
    CHECK(gradient_noise(one, 3, -5) == 0);  // on the lattice
}

TEST_CASE("the head phantom: the same bits for any threads, the same head at any size, another with another seed") {
    const int before = threads();
    set_threads(1);
    const Tensor head = head_phantom({96, 80});
    set_threads(3);
    CHECK(head_phantom({96, 80}).values<float>() == head.values<float>());
    set_threads(before);
    CHECK(head.shape() == Shape{1, 96, 80});
    const ValueRange range = value_range(head);
    CHECK((range.low >= 0 && range.high <= 1 && range.not_finite == 0));
    CHECK(range.high - range.low > 0.8);
    // A quarter of the pixels of a picture twice the size, averaged: nearly the same picture.
    const auto small = head.values<float>(), large = head_phantom({192, 160}).values<float>();
    double difference = 0;
    for (size_t y = 0; y < 96; ++y)
        for (size_t x = 0; x < 80; ++x) {
            const size_t i = 2 * y * 160 + 2 * x;
            difference +=
                std::fabs(small[y * 80 + x] - (large[i] + large[i + 1] + large[i + 160] + large[i + 161]) / 4);
        }
    CHECK(difference / (96 * 80) < 0.02);
    const Tensor other = head_phantom({96, 80, false, 1});
    CHECK(mean(absolute_error(head, other)) > 0.03);
    // Air in the corners, a bright scalp around dark bone: what a head looks like on its way in from the left.
    CHECK(small[0] < 0.05);
    double scalp = 0, bone = 1;
    for (size_t x = 0; x < 25; ++x) scalp = std::max(scalp, double(small[48 * 80 + x]));
    for (size_t x = 8; x < 25; ++x) bone = std::min(bone, double(small[48 * 80 + x]));
    CHECK(scalp > 0.6);
    CHECK(bone < 0.25);
    const Tensor colour = head_phantom({64, 64, true});
    CHECK(colour.shape() == Shape{3, 64, 64});
    CHECK(mean(absolute_error(colour.slice_of_memory(0, {64, 64}), colour.slice_of_memory(2 * 64 * 64, {64, 64}))) >
          0.05);
    CHECK(error_of([] { head_phantom({4, 64}); })->code == ExitCode::usage);
    CHECK(error_of([] { head_phantom({64, 100000}); })->code == ExitCode::usage);
}
