#include "io/svg.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "engine/error.h"

namespace adjoint {

namespace {

constexpr double panel_width = 560, panel_height = 340, left = 70, right = 18, top = 62, bottom = 48;

// Okabe and Ito's colours, which readers with any colour vision can tell apart, the strongest first.
constexpr const char* colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                   "#e69f00", "#56b4e9", "#5b5b5b", "#a5860a"};

std::string number(double value) {  // for coordinates
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", value);
    return text;
}

// A tick's label: superscript powers of ten where plain digits would be long.
std::string label(double value) {
    if (value == 0) return "0";
    const double size = std::fabs(value);
    char text[64];
    if (size >= 1e-3 && size < 1e5) {
        std::snprintf(text, sizeof text, "%.10g", value);
    } else {
        const int power = int(std::floor(std::log10(size) + 1e-9));
        const double mantissa = value / std::pow(10, power);
        if (std::fabs(mantissa - 1) < 1e-9)
            std::snprintf(text, sizeof text, "10<tspan dy=\"-4\" font-size=\"9\">%d</tspan>", power);
        else
            std::snprintf(text, sizeof text, "%.4g·10<tspan dy=\"-4\" font-size=\"9\">%d</tspan>", mantissa, power);
    }
    std::string result = text;
    if (value < 0 && result[0] == '-') result = "−" + result.substr(1);
    return result;
}

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&': result += "&amp;"; break;
            case '<': result += "&lt;"; break;
            case '>': result += "&gt;"; break;
            case '"': result += "&quot;"; break;
            default:
                if (uint8_t(c) >= 32) result += c;
        }
    }
    return result;
}

// One axis: from values to places.
struct Axis {
    bool log;
    double low, high, from, to;  // values; places of the two

    double scaled(double value) const { return log ? std::log10(value) : value; }
    double place(double value) const {
        return from + (to - from) * (scaled(value) - scaled(low)) / (scaled(high) - scaled(low));
    }
    std::vector<double> ticks(int count) const {
        return log ? nice_log_ticks(low, high) : nice_ticks(low, high, count);
    }
};

bool drawable(double value, bool log) { return std::isfinite(value) && (!log || value > 0); }

// The range of all curves, a little wider than the data so that nothing lies on the frame.
Axis axis_over(const std::vector<Curve>& curves, const std::vector<double> Curve::*member, bool log, double margin,
               double from, double to) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const Curve& c : curves)
        for (const double value : c.*member)
            if (drawable(value, log)) low = std::min(low, value), high = std::max(high, value);
    if (low > high) low = log ? 0.1 : 0, high = 1;
    if (log) {
        const double factor = low == high ? 2 : std::pow(high / low, margin);
        return {log, low / factor, high * factor, from, to};
    }
    // Equal values still get an axis of some length, in proportion to their size.
    const double more = low == high ? std::max(std::fabs(low) * 0.1, 1e-12) : (high - low) * margin;
    return {log, low - more, high + more, from, to};
}

struct Dot {
    double x, y;
};

// The curve's points in panel coordinates, in runs without gaps.
std::vector<std::vector<Dot>> runs_of(const Curve& curve, const Axis& x, const Axis& y) {
    std::vector<std::vector<Dot>> runs(1);
    for (size_t i = 0; i < curve.x.size(); ++i) {
        if (drawable(curve.x[i], x.log) && drawable(curve.y[i], y.log))
            runs.back().push_back({x.place(curve.x[i]), y.place(curve.y[i])});
        else if (!runs.back().empty())
            runs.emplace_back();
    }
    return runs;
}

// In each column of half a pixel: the first, lowest, highest and last point, in their order.
std::vector<Dot> thinned(const std::vector<Dot>& dots) {
    if (dots.size() < 2500) return dots;
    std::vector<Dot> kept;
    for (size_t i = 0; i < dots.size();) {
        size_t end = i, low = i, high = i;
        for (; end < dots.size() && std::floor(2 * dots[end].x) == std::floor(2 * dots[i].x); ++end) {
            if (dots[end].y < dots[low].y) low = end;
            if (dots[end].y > dots[high].y) high = end;
        }
        size_t order[] = {i, std::min(low, high), std::max(low, high), end - 1};
        for (size_t k = 0; k < 4; ++k)
            if (k == 0 || order[k] != order[k - 1]) kept.push_back(dots[order[k]]);
        i = end;
    }
    return kept;
}

std::string drawn(const Curve& curve, const Axis& x, const Axis& y, const std::string& colour) {
    std::string svg;
    for (const auto& run : runs_of(curve, x, y)) {
        if (run.size() == 1) {
            svg += "<circle cx=\"" + number(run[0].x) + "\" cy=\"" + number(run[0].y) + "\" r=\"2.5\" fill=\"" +
                   colour + "\"/>\n";
        } else if (!run.empty()) {
            svg += "<polyline fill=\"none\" stroke=\"" + colour +
                   "\" stroke-width=\"1.8\" stroke-linejoin=\"round\" points=\"";
            for (const Dot& d : thinned(run)) svg += number(d.x) + "," + number(d.y) + " ";
            svg.back() = '"';
            svg += "/>\n";
        }
    }
    return svg;
}

std::string line(double x1, double y1, double x2, double y2, const char* stroke) {
    return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" + number(y2) +
           "\" stroke=\"" + stroke + "\"/>\n";
}

std::string text_at(double x, double y, const std::string& attributes, const std::string& text) {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" " + attributes + ">" + text + "</text>\n";
}

std::string legend(const std::vector<Curve>& curves, double x0, double y0) {
    std::string svg;
    double x = x0;
    for (size_t i = 0; i < curves.size(); ++i) {
        const std::string name = escaped(curves[i].name);
        if (name.empty()) continue;
        svg += "<line x1=\"" + number(x) + "\" y1=\"" + number(y0 - 4) + "\" x2=\"" + number(x + 18) + "\" y2=\"" +
               number(y0 - 4) + "\" stroke=\"" + colours[i % std::size(colours)] + "\" stroke-width=\"3\"/>\n";
        svg += text_at(x + 23, y0, "", name);
        x += 41 + 6.7 * double(curves[i].name.size());
    }
    return svg;
}

std::string panel(const Plot& plot) {
    const double x0 = left, x1 = panel_width - right, y0 = panel_height - bottom, y1 = top;
    const Axis x = axis_over(plot.curves, &Curve::x, plot.log_x, 0, x0, x1);
    const Axis y = axis_over(plot.curves, &Curve::y, plot.log_y, 0.05, y0, y1);
    std::string svg = text_at(x0, 24, "font-size=\"15\" font-weight=\"bold\"", escaped(plot.title));
    svg += legend(plot.curves, x0, 46);
    for (const double tick : x.ticks(7)) {
        const double at = x.place(tick);
        svg += line(at, y0, at, y1, "#e4e4e4") + text_at(at, y0 + 17, "text-anchor=\"middle\"", label(tick));
    }
    for (const double tick : y.ticks(6)) {
        const double at = y.place(tick);
        svg += line(x0, at, x1, at, "#e4e4e4") + text_at(x0 - 8, at + 4, "text-anchor=\"end\"", label(tick));
    }
    svg += line(x0, y0, x1, y0, "#444") + line(x0, y0, x0, y1, "#444");
    svg += text_at((x0 + x1) / 2, panel_height - 10, "text-anchor=\"middle\"", escaped(plot.x_label));
    svg += "<text transform=\"translate(16 " + number((y0 + y1) / 2) + ") rotate(-90)\" text-anchor=\"middle\">" +
           escaped(plot.y_label) + "</text>\n";
    for (size_t i = 0; i < plot.curves.size(); ++i) svg += drawn(plot.curves[i], x, y, colours[i % std::size(colours)]);
    return svg;
}

}  // namespace

std::string plots_svg(const std::vector<Plot>& plots, int columns) {
    for (const Plot& plot : plots)
        for (const Curve& curve : plot.curves)
            if (curve.x.size() != curve.y.size())
                fail(ExitCode::usage, "the curve '" + curve.name + "' of '" + plot.title + "'", "it has " +
                     std::to_string(curve.x.size()) + " places and " + std::to_string(curve.y.size()) + " values");
    const int count = int(plots.size());
    if (columns <= 0) columns = count > 1 ? 2 : 1;
    columns = std::min(columns, std::max(count, 1));
    const int rows = std::max(1, (count + columns - 1) / columns);
    const std::string width = number(panel_width * columns), height = number(panel_height * rows);
    std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
                      "\" viewBox=\"0 0 " + width + " " + height + "\" font-family=\"Helvetica, Arial, sans-serif\" "
                      "font-size=\"12\" fill=\"#222\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
    for (int i = 0; i < count; ++i)
        svg += "<g transform=\"translate(" + number(panel_width * (i % columns)) + " " +
               number(panel_height * (i / columns)) + ")\">\n" + panel(plots[size_t(i)]) + "</g>\n";
    return svg + "</svg>\n";
}

}  // namespace adjoint
