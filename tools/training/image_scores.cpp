#include "tools/training/image_scores.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/error.h"
#include "losses/metrics.h"

namespace adjoint {

namespace {

double largest(const Tensor& x) {
    const std::vector<float> v = x.values<float>();
    return *std::max_element(v.begin(), v.end());
}

Tensor as_image(const Tensor& x) { return x.viewed_as({1, 1, x.size(0), x.size(1)}); }

std::string exact(double value) {
    char text[40];
    return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

// A name in a cell of a CSV file.
std::string quoted(const std::string& name) {
    std::string q = "\"";
    for (char c : name) q += c == '"' ? std::string("\"\"") : std::string(1, c);
    return q + "\"";
}

}  // namespace

ImageScores slice_scores(const Tensor& image, const Tensor& target, double range, const std::string& name) {
    const std::string asked = "the metrics of " + name;
    if (!(image.shape() == target.shape()))
        fail(ExitCode::mismatch, asked,
             "the image is " + image.shape().text() + ", its target " + target.shape().text(),
             "give images of the same slices and size");
    if (!(range > 0))
        fail(ExitCode::numerical, asked, "the target is zero everywhere",
             "leave such slices out (data.begin, data.end)");
    if (std::min(image.size(0), image.size(1)) < 7)
        fail(ExitCode::usage, asked, "SSIM's windows of 7×7 do not fit into " + image.shape().text(),
             "use larger images");
    return {psnr(image, target, range), ssim_metric(as_image(image), as_image(target), range), nmse(image, target)};
}

void ScoreTable::add(const std::string& volume, const std::string& slice, const Tensor& image, const Tensor& target) {
    if (!open_.empty() && volume != volume_) finish();
    volume_ = volume;
    slices_.push_back({slice, slice_scores(image, target, largest(target), slice)});
    open_.push_back({image, target});
}

void ScoreTable::finish() {
    if (open_.empty()) return;
    double range = 0;
    for (const auto& [x, t] : open_) range = std::max(range, largest(t));
    double squares = 0, power = 0, count = 0, ssim = 0;
    for (const auto& [x, t] : open_) {
        const std::vector<float> a = x.values<float>(), b = t.values<float>();
        for (size_t i = 0; i < a.size(); ++i) {
            squares += (double(a[i]) - b[i]) * (double(a[i]) - b[i]);
            power += double(b[i]) * b[i];
        }
        count += double(a.size());
        ssim += ssim_metric(as_image(x), as_image(t), range) / double(open_.size());
    }
    volumes_.push_back({volume_, {10 * std::log10(range * range * count / squares), ssim, squares / power}});
    open_.clear();
}

ImageScores ScoreTable::mean() const {
    ImageScores m;
    const double n = double(std::max<size_t>(1, slices_.size()));
    for (const Row& r : slices_) m.psnr += r.scores.psnr / n, m.ssim += r.scores.ssim / n, m.nmse += r.scores.nmse / n;
    return m;
}

ImageScores ScoreTable::deviation() const {
    const ImageScores m = mean();
    ImageScores v;
    for (const Row& r : slices_) {
        v.psnr += (r.scores.psnr - m.psnr) * (r.scores.psnr - m.psnr);
        v.ssim += (r.scores.ssim - m.ssim) * (r.scores.ssim - m.ssim);
        v.nmse += (r.scores.nmse - m.nmse) * (r.scores.nmse - m.nmse);
    }
    const double n = double(std::max<size_t>(2, slices_.size()) - 1);
    return {std::sqrt(v.psnr / n), std::sqrt(v.ssim / n), std::sqrt(v.nmse / n)};
}

std::string ScoreTable::text() const {
    size_t width = 8;
    for (const auto* rows : {&slices_, &volumes_})
        for (const Row& r : *rows) width = std::max(width, r.name.size());
    std::string all;
    auto line = [&](const std::string& name, const std::string& psnr, const std::string& ssim,
                    const std::string& nmse) {
        char cells[80];
        std::snprintf(cells, sizeof cells, "  %9s  %7s  %9s\n", psnr.c_str(), ssim.c_str(), nmse.c_str());
        all += name + std::string(width - std::min(width, name.size()), ' ') + cells;
    };
    auto number = [](const char* format, double x) {
        char text[32];
        std::snprintf(text, sizeof text, format, x);
        return std::isnan(x) ? std::string("-") : std::string(text);  // the spread of infinite PSNR
    };
    auto scores = [&](const std::string& name, const ImageScores& s) {
        line(name, number("%.3f", s.psnr), number("%.4f", s.ssim), number("%.3g", s.nmse));
    };
    line("slice", "PSNR (dB)", "SSIM", "NMSE");
    for (const Row& r : slices_) scores(r.name, r.scores);
    scores("mean", mean());
    scores("std", deviation());
    line("volume", "PSNR (dB)", "SSIM", "NMSE");
    for (const Row& r : volumes_) scores(r.name, r.scores);
    return all;
}

std::string ScoreTable::csv() const {
    std::string all = "kind,name,psnr,ssim,nmse\n";
    auto row = [&](const char* kind, const std::string& name, const ImageScores& s) {
        all += std::string(kind) + "," + quoted(name) + "," + exact(s.psnr) + "," + exact(s.ssim) + "," +
               exact(s.nmse) + "\n";
    };
    for (const Row& r : slices_) row("slice", r.name, r.scores);
    for (const Row& r : volumes_) row("volume", r.name, r.scores);
    row("mean", "slices", mean());
    return all;
}

}  // namespace adjoint
