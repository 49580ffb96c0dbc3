// Poisson-disk masks.
#include <algorithm>
#include <cmath>

#include "engine/error.h"
#include "engine/philox.h"
#include "models/forward/masks.h"

namespace adjoint {
namespace {

struct Point {
    int64_t row, column;
    double distance;  // least distance from other samples, in units of that at the centre
};

// The candidates outside the calibration square, in a random order.
std::vector<Point> candidates(const PoissonDiskSettings& s, std::vector<float>* mask) {
    const int64_t h = s.height, w = s.width;
    std::vector<Point> points;
    for (int64_t i = 0; i < h; ++i)
        for (int64_t j = 0; j < w; ++j) {
            const int64_t y = i - h / 2, x = j - w / 2, low = -(s.calibration / 2), high = low + s.calibration;
            if (y >= low && y < high && x >= low && x < high) {
                (*mask)[size_t(i * w + j)] = 1;
                continue;
            }
            const double u = 2 * double(y) / double(h), v = 2 * double(x) / double(w), radius = std::hypot(u, v);
            if (s.ellipse && radius > 1) continue;
            points.push_back({i, j, 1 + s.growth * radius / std::sqrt(2.0)});
        }
    const Philox random{s.seed, 0x64697363};
    for (size_t k = points.size(); k > 1; --k) std::swap(points[k - 1], points[random.below(k, k)]);
    return points;
}

// The candidates that are not too near to an earlier one, in their order.
std::vector<size_t> throw_darts(const PoissonDiskSettings& s, const std::vector<Point>& points, double least) {
    std::vector<char> taken(size_t(s.height * s.width), 0);
    auto near = [&](const Point& p) {
        const double distance = least * p.distance;
        const int64_t reach = int64_t(distance);
        for (int64_t i = std::max<int64_t>(p.row - reach, 0); i <= std::min(p.row + reach, s.height - 1); ++i)
            for (int64_t j = std::max<int64_t>(p.column - reach, 0); j <= std::min(p.column + reach, s.width - 1); ++j)
                if (taken[size_t(i * s.width + j)] && std::hypot(double(i - p.row), double(j - p.column)) < distance)
                    return true;
        return false;
    };
    std::vector<size_t> darts;
    for (const Point& p : points)
        if (!near(p)) {
            darts.push_back(size_t(p.row * s.width + p.column));
            taken[darts.back()] = 1;
        }
    return darts;
}

}  // namespace

Tensor poisson_disk(const PoissonDiskSettings& s) {
    const std::string title = "a Poisson-disk mask of " + std::to_string(s.height) + "×" + std::to_string(s.width);
    if (s.height < 1 || s.width < 1) fail(ExitCode::usage, title, "it is empty");
    if (!(s.acceleration >= 1) || !(s.growth >= 0) || s.calibration < 0)
        fail(ExitCode::usage, title, "the acceleration must be at least 1, growth and calibration at least 0");
    if (s.calibration > std::min(s.height, s.width))
        fail(ExitCode::usage, title, "the calibration square of " + std::to_string(s.calibration) + " does not fit");
    std::vector<float> mask(size_t(s.height * s.width), 0.f);
    const std::vector<Point> points = candidates(s, &mask);
    const int64_t wanted = std::llround(double(s.height * s.width) / s.acceleration) - s.calibration * s.calibration;
    if (wanted < 0)
        fail(ExitCode::usage, title, "the calibration square alone has more samples than 1 in " +
             std::to_string(s.acceleration), "take a smaller calibration square or acceleration");
    if (wanted > int64_t(points.size()))
        fail(ExitCode::usage, title, "the ellipse has fewer samples than 1 in " + std::to_string(s.acceleration));

    // The largest distance that still gives enough samples; the surplus is dropped, which brings no two nearer.
    std::vector<size_t> best;
    double low = 0.5, high = double(std::max(s.height, s.width));  // at 0.5 every candidate is taken
    for (int step = 0; step < 24; ++step) {
        const double least = step == 0 ? low : std::sqrt(low * high);
        std::vector<size_t> darts = throw_darts(s, points, least);
        (int64_t(darts.size()) >= wanted ? low : high) = least;
        if (int64_t(darts.size()) >= wanted && (best.empty() || darts.size() < best.size())) best = std::move(darts);
        if (int64_t(best.size()) == wanted) break;
    }
    for (int64_t k = 0; k < wanted; ++k) mask[best[size_t(k)]] = 1;
    return Tensor::from(mask, {1, s.height, s.width});
}

}  // namespace adjoint
