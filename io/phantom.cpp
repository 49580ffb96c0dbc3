#include "io/phantom.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/error.h"
#include "engine/parallel.h"
#include "io/noise.h"

namespace adjoint {

namespace {

struct Point {
    double x, y;  // right and up; the frame's shorter side is [-1, 1]
};

// A tissue's brightness, its colour, and how strongly its texture shows.
struct Tissue {
    double grey, red, green, blue, texture;
};
constexpr Tissue air = {0.01, 0.06, 0.07, 0.10, 0};
constexpr Tissue scalp = {0.80, 0.93, 0.76, 0.60, 0.20};
constexpr Tissue bone = {0.11, 0.70, 0.66, 0.55, 0.15};
constexpr Tissue marrow = {0.42, 0.82, 0.60, 0.45, 0.40};
constexpr Tissue fluid = {0.16, 0.22, 0.28, 0.42, 0.06};
constexpr Tissue cortex = {0.50, 0.73, 0.47, 0.50, 0.16};
constexpr Tissue white_matter = {0.77, 0.90, 0.79, 0.70, 0.10};
constexpr Tissue nucleus = {0.58, 0.66, 0.50, 0.55, 0.14};
constexpr Tissue vessel = {0.95, 0.72, 0.12, 0.14, 0.05};
constexpr Tissue lesion = {0.92, 0.95, 0.90, 0.55, 0.12};

Tissue mixed(const Tissue& a, const Tissue& b, double share) {
    auto mix = [share](double p, double q) { return p + share * (q - p); };
    return {mix(a.grey, b.grey), mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue),
            mix(a.texture, b.texture)};
}

// How far outside an ellipse a point lies, in units of the frame (approximate away from the edge).
struct Ellipse {
    double x, y, a, b, angle;  // centre, semi-axes, rotation in radians

    double distance(Point p) const {
        const double c = std::cos(angle), s = std::sin(angle), dx = p.x - x, dy = p.y - y;
        const double u = (c * dx + s * dy) / a, v = (c * dy - s * dx) / b;
        return (std::hypot(u, v) - 1) * std::min(a, b);
    }
};

struct Head {
    explicit Head(uint64_t seed) : seed_(seed) {
        const Philox random{seed, 100};
        uint64_t n = 0;
        auto between = [&](double low, double high) { return random.uniform(n++, low, high); };
        // Both halves of the brain have the same parts, in slightly different places.
        for (const double side : {-1.0, 1.0}) {
            auto place = [&](double value) { return value * between(0.96, 1.04); };
            auto add = [&](std::vector<Ellipse>& parts, double x, double y, double a, double b, double angle) {
                parts.push_back({side * place(x), place(y), place(a), place(b), -side * place(angle)});
            };
            add(ventricles_, 0.085, 0.20, 0.045, 0.17, 0.35);   // frontal horns
            add(ventricles_, 0.10, -0.20, 0.045, 0.19, -0.45);  // occipital horns
            add(nuclei_, 0.155, 0.16, 0.045, 0.12, 0.30);       // caudate
            add(nuclei_, 0.265, 0.02, 0.060, 0.16, -0.12);      // putamen
            add(nuclei_, 0.100, -0.06, 0.075, 0.10, 0.20);      // thalamus
        }
        ventricles_.push_back({0, 0.02, 0.013, 0.09, 0});       // third ventricle
        for (int i = 0; i < 3; ++i)
            lesions_.push_back({between(-0.45, 0.45), between(-0.5, 0.5), between(0.012, 0.035), between(0.012, 0.035),
                                between(0, 3)});
        for (int i = 0; i < 6; ++i) {
            const double angle = between(0, 6.28), bend = between(-0.5, 0.5), length = between(0.25, 0.5);
            add_vessel({0.60 * std::cos(angle), 0.74 * std::sin(angle)}, angle + bend, length, between(-3, 3),
                       between(0.004, 0.008));
        }
    }

    // The tissue at a point; edges are as soft as `pixel` is wide.
    Tissue at(Point p, double pixel) const {
        auto inside = [pixel](double distance) { return std::clamp(0.5 - distance / pixel, 0.0, 1.0); };
        // Nothing in a body is an exact ellipse: bend the space a little.
        const Point q = {p.x + 0.035 * fractal_noise({seed_, 1}, 1.7 * p.x, 1.7 * p.y, 3),
                         p.y + 0.035 * fractal_noise({seed_, 2}, 1.7 * p.x, 1.7 * p.y, 3)};
        const double outward = Ellipse{0, 0, 0.76, 0.93, 0}.distance(q);
        Tissue t = mixed(air, scalp, inside(outward));
        t = mixed(t, bone, inside(outward + 0.050));
        const double marrow_middle = 0.082 + 0.010 * fractal_noise({seed_, 3}, 5 * p.x, 5 * p.y, 2);
        t = mixed(t, marrow, inside(std::fabs(outward + marrow_middle) - 0.011));
        t = mixed(t, fluid, inside(outward + 0.115));
        return mixed(t, brain(p, q, outward, pixel), inside(outward + 0.135));
    }

    // Brightness around 1: texture of the tissue, and the slow fall-off of a receive coil's sensitivity.
    double shade(Point p, double strength) const {
        const double coarse = fractal_noise({seed_, 4}, 9 * p.x, 9 * p.y, 4);
        const double fine = fractal_noise({seed_, 5}, 42 * p.x, 42 * p.y, 2);
        const double illumination =
            0.10 * gradient_noise({seed_, 6}, 0.9 * p.x + 0.3, 0.9 * p.y + 0.3) - 0.06 * (p.x - p.y);
        return (1 + strength * (1.6 * coarse + 0.9 * fine)) * (1 + illumination);
    }

private:
    // A straight piece of a vessel.
    struct Piece {
        Point start;
        double dx, dy, length, radius;  // a unit direction

        double distance(Point p) const {
            const double along = std::clamp((p.x - start.x) * dx + (p.y - start.y) * dy, 0.0, length);
            return std::hypot(p.x - start.x - along * dx, p.y - start.y - along * dy) - radius;
        }
    };

    // An arc that begins on the brain's surface and runs inwards, thinning.
    void add_vessel(Point start, double direction, double length, double curvature, double radius) {
        constexpr int pieces = 16;
        const double step = length / pieces;
        double heading = direction + 3.141592653589793;
        for (int i = 0; i < pieces; ++i) {
            const double dx = std::cos(heading), dy = std::sin(heading);
            vessels_.push_back({start, dx, dy, step, radius * (1 - 0.8 * i / pieces)});
            start = {start.x + step * dx, start.y + step * dy};
            heading += curvature * step;
        }
    }

    Tissue brain(Point p, Point q, double outward, double pixel) const {
        auto inside = [pixel](double distance) { return std::clamp(0.5 - distance / pixel, 0.0, 1.0); };
        const double depth = -outward - 0.135;  // below the brain's surface
        // Folds: valleys along the zero lines of a bent noise, deepest at the surface.
        const Point w = {q.x + 0.05 * fractal_noise({seed_, 7}, 6 * p.x, 6 * p.y, 2),
                         q.y + 0.05 * fractal_noise({seed_, 8}, 6 * p.x, 6 * p.y, 2)};
        const double fold = std::fabs(gradient_noise({seed_, 9}, 6.8 * w.x, 6.8 * w.y)) * 0.10;
        const double reach = std::clamp(1 - depth / 0.34, 0.0, 1.0);
        const double to_white = 0.036 + 0.012 * reach - std::min(depth, fold + 0.25 * (1 - reach) * depth);
        Tissue t = mixed(cortex, white_matter, inside(to_white));
        t = mixed(t, fluid, inside(fold - 0.010 * std::sqrt(reach) + 0.25 * std::max(0.0, depth - 0.22)));
        // The gap between the halves, open in front and behind.
        const double gap = std::fabs(q.x - 0.012 * gradient_noise({seed_, 10}, 2.0, 7 * p.y));
        const double middle = std::max(0.0, 0.40 - std::fabs(q.y + 0.02));
        t = mixed(t, cortex, inside(gap - 0.045 + 0.4 * middle));
        t = mixed(t, fluid, inside(gap - 0.011 + 0.2 * middle));
        const double uneven = 0.016 * fractal_noise({seed_, 11}, 11 * p.x, 11 * p.y, 2);
        for (const Ellipse& e : nuclei_) t = mixed(t, nucleus, inside(e.distance(q) + uneven));
        for (const Ellipse& e : ventricles_) t = mixed(t, fluid, inside(e.distance(q) + 0.6 * uneven));
        for (const Ellipse& e : lesions_) t = mixed(t, lesion, inside(e.distance(p) + 0.4 * uneven));
        double nearest = 1;
        for (const Piece& v : vessels_)
            if (std::fabs(p.x - v.start.x) + std::fabs(p.y - v.start.y) < 0.1)
                nearest = std::min(nearest, v.distance(p));
        return mixed(t, vessel, inside(nearest));
    }

    uint64_t seed_;
    std::vector<Ellipse> ventricles_, nuclei_, lesions_;
    std::vector<Piece> vessels_;
};

}  // namespace

Tensor head_phantom(const HeadPhantom& wanted) {
    const int64_t height = wanted.height, width = wanted.width;
    if (std::min(height, width) < 8 || std::max(height, width) > 16384)
        fail(ExitCode::usage, "a head phantom of " + std::to_string(height) + "×" + std::to_string(width) + " pixels",
             "each side is 8 to 16384 pixels long");
    const Head head(wanted.seed);
    const int64_t channels = wanted.colour ? 3 : 1, plane = height * width;
    Tensor picture = Tensor::empty({channels, height, width});
    float* out = picture.mutable_data<float>("head_phantom");
    const double pixel = 2.0 / double(std::min(height, width));
    parallel_for(height, 4, [&](int64_t first, int64_t last) {
        for (int64_t r = first; r < last; ++r)
            for (int64_t c = 0; c < width; ++c) {
                const Point p = {(double(c) + 0.5 - 0.5 * double(width)) * pixel,
                                 (0.5 * double(height) - double(r) - 0.5) * pixel};
                const Tissue t = head.at(p, pixel);
                const double shade = head.shade(p, t.texture);
                const double levels[3] = {wanted.colour ? t.red : t.grey, t.green, t.blue};
                for (int64_t k = 0; k < channels; ++k)
                    out[k * plane + r * width + c] = float(std::clamp(levels[k] * shade, 0.0, 1.0));
            }
    });
    return picture;
}

}  // namespace adjoint
