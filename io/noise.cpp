#include "io/noise.h"

namespace adjoint {

namespace {

double fade(double t) { return t * t * t * (t * (t * 6 - 15) + 10); }

// The gradient at lattice point (i, j), times the way from there to (i + dx, j + dy).
double corner(const Philox& random, int64_t i, int64_t j, double dx, double dy) {
    const uint64_t place = uint64_t(uint32_t(i)) << 32 | uint32_t(j);
    const double angle = 6.283185307179586477 * double(random.block(place).word[0]) * 0x1p-32;
    return std::cos(angle) * dx + std::sin(angle) * dy;
}

}  // namespace

double gradient_noise(const Philox& random, double x, double y) {
    const double i = std::floor(x), j = std::floor(y), dx = x - i, dy = y - j;
    const int64_t a = int64_t(i), b = int64_t(j);
    const double n00 = corner(random, a, b, dx, dy), n10 = corner(random, a + 1, b, dx - 1, dy);
    const double n01 = corner(random, a, b + 1, dx, dy - 1), n11 = corner(random, a + 1, b + 1, dx - 1, dy - 1);
    const double u = fade(dx), v = fade(dy);
    const double low = n00 + u * (n10 - n00), high = n01 + u * (n11 - n01);
    return 1.41421356237309505 * (low + v * (high - low));
}

double fractal_noise(const Philox& random, double x, double y, int octaves) {
    double sum = 0, weight = 1, weights = 0, scale = 1;
    for (int o = 0; o < octaves; ++o) {
        const Philox octave{random.seed, random.stream + (uint64_t(o) << 32)};
        sum += weight * gradient_noise(octave, x * scale, y * scale);
        weights += weight;
        weight /= 2;
        scale *= 2;
    }
    return sum / weights;
}

}  // namespace adjoint
