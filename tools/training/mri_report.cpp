#include "tools/training/mri_report.h"

#include <fstream>
#include <sstream>

#include "io/atomic_file.h"
#include "io/png.h"
#include "tools/training/fit_report.h"

namespace adjoint {

namespace {

std::string escaped(const std::string& text) {
    std::string html;
    for (char c : text)
        html += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    return html;
}

std::string number(const char* format, double x) {
    char text[32];
    std::snprintf(text, sizeof text, format, x);
    return text;
}

std::string cells(const ImageScores& s) {
    return "<td>" + number("%.3f", s.psnr) + "</td><td>" + number("%.4f", s.ssim) + "</td><td>" +
           number("%.3g", s.nmse) + "</td>";
}

// The network's scores beside those of the zero-filled images.
std::string table(const std::string& what, const std::vector<ScoreTable::Row>& network,
                  const std::vector<ScoreTable::Row>& zero_filled) {
    std::string html = "<table><tr><th rowspan=2>" + what +
                       "</th><th colspan=3>network</th><th colspan=3>zero-filled</th></tr><tr>";
    for (int i = 0; i < 2; ++i) html += "<th>PSNR (dB)</th><th>SSIM</th><th>NMSE</th>";
    html += "</tr>\n";
    for (size_t i = 0; i < network.size(); ++i)
        html += "<tr><td>" + escaped(network[i].name) + "</td>" + cells(network[i].scores) +
                cells(zero_filled[i].scores) + "</tr>\n";
    return html + "</table>\n";
}

// Small pictures are shown with whole multiples of their pixels, up to about the width of the page.
std::string enlarged(const Tensor& picture) {
    const int64_t width = picture.size(2), times = 1080 / std::max<int64_t>(width, 1);
    if (times < 2) return "";
    return " width=\"" + std::to_string(times * width) + "\" style=\"image-rendering:pixelated\"";
}

constexpr const char* style =
    "body{font:15px/1.5 sans-serif;max-width:72em;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .8em;border-bottom:1px solid #ddd;text-align:right}"
    "td:first-child,th:first-child{text-align:left}img{max-width:100%}pre{background:#f6f6f6;padding:1em;overflow:auto}"
    "figure{margin:1em 0}svg{max-width:100%;height:auto}";

std::string file_text(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

}  // namespace

std::string base64(const std::string& bytes) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        const size_t left = bytes.size() - i;
        auto byte = [&](size_t k) { return k < left ? uint32_t(uint8_t(bytes[i + k])) : 0u; };
        const uint32_t word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (int k = 0; k < 4; ++k) text += size_t(k) <= left ? digits[word >> (18 - 6 * k) & 63] : '=';
    }
    return text;
}

void write_mri_report(const RunFolder& folder, const MriReport& r, const std::vector<std::string>& loss_names,
                      const std::vector<std::string>& metric_names) {
    write_curves(folder, loss_names, metric_names);
    std::string curves = file_text(folder.curves());
    curves.erase(0, curves.find("<svg"));  // without the line for a file of its own

    const ScoreTable& t = r.scores.network;
    std::string html = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + escaped(r.title) +
                       "</title><style>" + style + "</style></head><body>\n<h1>" + escaped(r.title) + "</h1>\n<p>" +
                       escaped(r.about) + "</p>\n<p>Status: " + escaped(r.status) + "</p>\n";
    html += "<h2>Result</h2>\n" + table("mean over slices", {{"mean", t.mean()}, {"standard deviation", t.deviation()}},
                                        {{"mean", r.scores.zero_filled.mean()},
                                         {"standard deviation", r.scores.zero_filled.deviation()}});
    html += "<h2>Curves</h2>\n" + curves + "\n<h2>Images</h2>\n"
            "<p>From left to right: zero-filled, reconstruction, target, and the error of the magnitude in colours "
            "(black 0, brightest a tenth of the target's maximum).</p>\n";
    for (const auto& [caption, picture] : r.pictures)
        html += "<figure><img alt=\"" + escaped(caption) + "\"" + enlarged(picture) + " src=\"data:image/png;base64," +
                base64(encode_png(picture)) + "\"><figcaption>" + escaped(caption) + "</figcaption></figure>\n";
    html += "<h2>Volumes</h2>\n<p>PSNR and NMSE over all voxels, mean SSIM of the slices, with the volume's maximum."
            "</p>\n" +
            table("volume", t.volumes(), r.scores.zero_filled.volumes()) +
            "<h2>Slices</h2>\n<p>With the slice's maximum.</p>\n" +
            table("slice", t.slices(), r.scores.zero_filled.slices());
    html += "<h2>Configuration</h2>\n<pre>" + escaped(r.configuration) + "</pre>\n</body></html>\n";
    write_atomically(folder.path() / "report.html", html);
    write_atomically(folder.path() / "scores.csv", t.csv());
}

}  // namespace adjoint
