// Masks of whole columns, and what all masks share.
#include "models/forward/masks.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/error.h"
#include "engine/philox.h"

namespace adjoint {
namespace {

std::string title(const ColumnSettings& s) {
    char text[160];
    std::snprintf(text, sizeof text, "a mask of %lld columns, acceleration %g, centre fraction %g",
                  (long long)s.columns, s.acceleration, s.centre_fraction);
    return text;
}

int64_t centre_columns(const ColumnSettings& s) {
    if (s.columns < 1) fail(ExitCode::usage, title(s), "there must be at least one column");
    if (!(s.acceleration >= 1)) fail(ExitCode::usage, title(s), "the acceleration must be at least 1");
    if (!(s.centre_fraction >= 0 && s.centre_fraction < 1))
        fail(ExitCode::usage, title(s), "the centre fraction must be from 0 to below 1");
    return int64_t(std::nearbyint(double(s.columns) * s.centre_fraction));  // half to even, as Python rounds
}

// As centre_columns, for masks that count the centre among the 1/R.
int64_t centre_within(const ColumnSettings& s) {
    const int64_t centre = centre_columns(s);
    if (double(centre) > double(s.columns) / s.acceleration)
        fail(ExitCode::usage, title(s),
             "the centre alone has " + std::to_string(centre) + " columns, more than 1 in " +
                 std::to_string(s.acceleration),
             "take a smaller centre fraction or a smaller acceleration");
    return centre;
}

Tensor with_centre(std::vector<float> mask, int64_t centre) {
    const int64_t n = int64_t(mask.size()), first = (n - centre + 1) / 2;
    for (int64_t k = first; k < first + centre; ++k) mask[size_t(k)] = 1;
    return Tensor::from(mask, {1, 1, n});
}

}  // namespace

Tensor random_columns(const ColumnSettings& s, NumpyRandom& random) {
    const int64_t n = s.columns, centre = centre_within(s);
    const double probability = (double(n) / s.acceleration - double(centre)) / double(n - centre);
    std::vector<float> mask;
    for (int64_t k = 0; k < n; ++k) mask.push_back(random.uniform() < probability ? 1.f : 0.f);
    return with_centre(mask, centre);
}

Tensor equispaced_fraction_columns(const ColumnSettings& s, NumpyRandom& random) {
    const int64_t n = s.columns, centre = centre_within(s);
    const double a = s.acceleration;
    std::vector<float> mask(size_t(n), 0.f);
    const double rest = double(centre) * a - double(n);  // negative: samples are left for outside the centre
    if (rest < 0) {
        const double spacing = a * double(centre - n) / rest;
        const int64_t offset = random.below(int64_t(std::nearbyint(spacing)));
        for (int64_t k = 0; double(offset) + double(k) * spacing < double(n - 1); ++k)
            mask[size_t(std::nearbyint(double(offset) + double(k) * spacing))] = 1;
    }
    return with_centre(mask, centre);
}

Tensor equispaced_columns(const ColumnSettings& s, int64_t offset) {
    const int64_t centre = centre_columns(s), a = int64_t(s.acceleration);
    if (double(a) != s.acceleration)
        fail(ExitCode::usage, title(s), "equal spacing needs a whole acceleration",
             "round it, or take the equispaced-fraction mask");
    if (offset < 0 || offset >= a)
        fail(ExitCode::usage, title(s), "an offset of " + std::to_string(offset),
             "it must be 0 to below the acceleration");
    std::vector<float> mask(size_t(s.columns), 0.f);
    for (int64_t k = offset; k < s.columns; k += a) mask[size_t(k)] = 1;
    return with_centre(mask, centre);
}

Tensor equispaced_columns(const ColumnSettings& s, NumpyRandom& random) {
    equispaced_columns(s, 0);  // checks
    return equispaced_columns(s, random.below(int64_t(s.acceleration)));
}

Tensor variable_density_columns(const ColumnSettings& s, double power, uint64_t seed) {
    const int64_t n = s.columns, centre = centre_within(s), first = (n - centre + 1) / 2;
    if (!(power >= 0)) fail(ExitCode::usage, title(s), "the power of the density must be at least 0");
    const Philox random{seed, 0x6d61736b};
    std::vector<std::pair<double, int64_t>> keys;  // the largest ones are measured
    for (int64_t k = 0; k < n; ++k) {
        if (k >= first && k < first + centre) continue;
        const double u = (double(k) - double(n / 2)) / (double(n) / 2);
        const double weight = std::max(std::pow(1 - std::fabs(u), power), 1e-6);  // the edge stays possible
        keys.push_back({std::log(1 - random.uniform(uint64_t(k))) / weight, k});
    }
    std::sort(keys.begin(), keys.end(), std::greater<>());
    std::vector<float> mask(size_t(n), 0.f);
    const int64_t wanted = std::llround(double(n) / s.acceleration) - centre;
    for (int64_t i = 0; i < std::min(wanted, int64_t(keys.size())); ++i) mask[size_t(keys[size_t(i)].second)] = 1;
    return with_centre(mask, centre);
}

Tensor mask_from_values(const Tensor& values) {
    if (!values || values.rank() < 1 || values.rank() > 3)
        fail(ExitCode::invalid_input, "a mask of " + (values ? values.shape().text() : "nothing"),
             "it must have 1 to 3 axes", "W, H×W or N×H×W");
    const std::vector<float> v = values.to(Device::cpu).to(Type::float32).values<float>();
    int64_t measured = 0;
    for (float x : v) {
        if (x != 0 && x != 1)
            fail(ExitCode::invalid_input, "a mask of " + values.shape().text(),
                 "it holds the value " + std::to_string(x), "it must be 1 where k-space was measured and 0 elsewhere");
        measured += x != 0;
    }
    if (measured == 0) fail(ExitCode::invalid_input, "a mask of " + values.shape().text(), "nothing is measured");
    const Shape& s = values.shape();
    return Tensor::from(v, s.rank() == 1 ? Shape{1, 1, s[0]} : s.rank() == 2 ? Shape{1, s[0], s[1]} : s);
}

double acceleration_of(const Tensor& mask) {
    const std::vector<float> v = mask.to(Device::cpu).to(Type::float32).values<float>();
    return double(v.size()) / std::accumulate(v.begin(), v.end(), 0.0);
}

}  // namespace adjoint
