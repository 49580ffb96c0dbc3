// Sampling masks: the published columns from the published seeds, and the properties that the masks promise.
#include "models/forward/masks.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/error.h"

using namespace adjoint;

namespace {

std::vector<int64_t> measured(const Tensor& mask) {
    std::vector<int64_t> columns;
    const std::vector<float> v = mask.values<float>();
    for (size_t k = 0; k < v.size(); ++k)
        if (v[k] != 0) columns.push_back(int64_t(k));
    return columns;
}
// A number that no other choice of columns is likely to give.
int64_t fingerprint(const std::vector<int64_t>& columns) {
    int64_t sum = 0;
    for (size_t i = 0; i < columns.size(); ++i) sum += int64_t(i + 1) * columns[i];
    return sum;
}
void check_columns(const Tensor& mask, size_t count, const std::vector<int64_t>& first, int64_t sum) {
    const std::vector<int64_t> columns = measured(mask);
    CHECK(columns.size() == count);
    CHECK(std::vector<int64_t>(columns.begin(), columns.begin() + int64_t(first.size())) == first);
    CHECK(fingerprint(columns) == sum);
}

}  // namespace

TEST_SUITE_BEGIN("models");

// The expected numbers were drawn with NumPy's RandomState and the formulas of fastmri/data/subsample.py.
TEST_CASE("fastMRI's masks have the published columns") {
    NumpyRandom zero(0u), seven(7u), eleven(11u), three(3u);
    check_columns(random_columns({372, 5, 0.08}, zero), 75, {14, 15, 16, 24, 34, 43, 47, 53, 61, 67, 69, 75}, 658596);
    check_columns(equispaced_fraction_columns({256, 5, 0.125}, seven), 52,
                  {4, 16, 27, 39, 51, 62, 74, 86, 97, 109, 112}, 209216);
    check_columns(equispaced_fraction_columns({320, 7, 0.125}, eleven), 45, {25, 74, 123, 140, 141}, 177676);
    check_columns(equispaced_columns({321, 4, 0.08}, three), 100, {2, 6, 10, 14, 18, 22}, 1044329);
    NumpyRandom name = NumpyRandom::of_name("file1000000.h5"), again = name;
    check_columns(random_columns({368, 4, 0.08}, name), 88, {4, 9, 10, 14, 23, 24, 28, 29, 32}, 933191);
    check_columns(equispaced_fraction_columns({368, 4, 0.08}, again), 93, {1, 6, 12, 17, 23, 28, 33}, 1029837);
}

TEST_CASE("NumPy's integers and uniform numbers") {
    NumpyRandom random(5u);
    std::vector<int64_t> drawn;
    for (int64_t bound : {10, 3, 7, 1, 100, 1000000}) drawn.push_back(random.below(bound));
    CHECK(drawn == std::vector<int64_t>{3, 2, 5, 0, 16, 845897});
    CHECK(random.uniform() == doctest::Approx(0.48841119).epsilon(1e-8));
    CHECK(random.uniform() == doctest::Approx(0.61174386).epsilon(1e-8));
}

TEST_CASE("equispaced columns are equally spaced outside the centre, for every offset") {
    for (int64_t n : {31, 320})
        for (int64_t a : {2, 3, 4, 8})
            for (int64_t offset = 0; offset < a; ++offset) {
                const std::vector<float> v = equispaced_columns({n, double(a), 0.1}, offset).values<float>();
                const int64_t centre = std::llround(double(n) * 0.1), first = (n - centre + 1) / 2;
                for (int64_t k = 0; k < n; ++k)
                    CHECK((v[size_t(k)] != 0) == (k % a == offset || (k >= first && k < first + centre)));
            }
    CHECK_THROWS_WITH_AS(equispaced_columns({32, 2.5, 0}, 0), doctest::Contains("whole acceleration"), Error);
}

TEST_CASE("variable density: the acceleration is exact and the centre denser than the edge") {
    int64_t inner = 0, outer = 0;
    for (uint64_t seed = 0; seed < 50; ++seed) {
        const Tensor mask = variable_density_columns({256, 4, 0.0625}, 3, seed);
        const std::vector<int64_t> columns = measured(mask);
        CHECK(columns.size() == 64);
        for (int64_t k : columns) (std::abs(k - 128) < 64 ? inner : outer) += std::abs(k - 128) > 8;
    }
    CHECK(inner > 4 * outer);  // weights: (1 − u)³ integrates to 0.234 inside u < ½ and 0.016 outside
    CHECK(outer > 0);
    CHECK(measured(variable_density_columns({256, 4, 0.0625}, 3, 1)) ==
          measured(variable_density_columns({256, 4, 0.0625}, 3, 1)));
    CHECK(measured(variable_density_columns({256, 4, 0.0625}, 3, 1)) !=
          measured(variable_density_columns({256, 4, 0.0625}, 3, 2)));
}

TEST_CASE("Poisson disk: no two samples too near, the calibration square in full, the acceleration met") {
    for (double growth : {0.0, 2.0}) {
        const PoissonDiskSettings s{
            .height = 96, .width = 80, .acceleration = 6, .calibration = 12, .growth = growth, .seed = 4};
        const Tensor mask = poisson_disk(s);
        CHECK(mask.shape() == Shape{1, 96, 80});
        CHECK(acceleration_of(mask) == doctest::Approx(6).epsilon(1e-9));
        const std::vector<float> v = mask.values<float>();
        double nearest_inside = HUGE_VAL, nearest_outside = HUGE_VAL;
        std::vector<std::pair<int64_t, int64_t>> samples;
        for (int64_t i = 0; i < 96; ++i)
            for (int64_t j = 0; j < 80; ++j) {
                const bool calibration = i >= 42 && i < 54 && j >= 34 && j < 46;
                if (calibration) CHECK(v[size_t(i * 80 + j)] == 1);
                else if (v[size_t(i * 80 + j)] != 0) samples.push_back({i, j});
            }
        for (size_t a = 0; a < samples.size(); ++a)
            for (size_t b = 0; b < a; ++b) {
                const double d = std::hypot(double(samples[a].first - samples[b].first),
                                            double(samples[a].second - samples[b].second));
                auto radius = [](auto p) { return std::hypot(double(p.first - 48) / 48, double(p.second - 40) / 40); };
                const double r = std::min(radius(samples[a]), radius(samples[b]));
                if (r < 0.5) nearest_inside = std::min(nearest_inside, d);
                if (r > 1.0) nearest_outside = std::min(nearest_outside, d);
            }
        CHECK(nearest_outside >= 2);                       // no neighbours
        if (growth > 0) CHECK(nearest_outside > nearest_inside);
    }
    const PoissonDiskSettings small{.height = 64, .width = 64, .acceleration = 4, .seed = 1};
    CHECK(measured(poisson_disk(small)) == measured(poisson_disk(small)));
    const std::vector<float> ellipse = poisson_disk({.height = 64, .width = 64, 
                                                     .acceleration = 4, .ellipse = true}).values<float>();
    CHECK(ellipse[0] == 0);
    CHECK_THROWS_WITH_AS(poisson_disk({.height = 32, .width = 32, .acceleration = 8, .calibration = 24}),
                         doctest::Contains("calibration square alone"), Error);
}

TEST_CASE("masks that cannot be are refused") {
    NumpyRandom random(1u);
    CHECK_THROWS_WITH_AS(random_columns({256, 16, 0.125}, random),
                         doctest::Contains("the centre alone has 32 columns"), Error);
    CHECK_THROWS_WITH_AS(random_columns({0, 4, 0.1}, random), doctest::Contains("at least one column"), Error);
    CHECK_THROWS_WITH_AS(random_columns({64, 0.5, 0.1}, random), doctest::Contains("at least 1"), Error);
    CHECK_THROWS_WITH_AS(mask_from_values(Tensor::from(std::vector<float>{0, 0.5}, {2})), doctest::Contains("0.5"),
                         Error);
    CHECK_THROWS_WITH_AS(mask_from_values(Tensor::zeros({4, 4})), doctest::Contains("nothing is measured"), Error);
    CHECK(mask_from_values(Tensor::full({6}, 1)).shape() == Shape{1, 1, 6});
    CHECK(mask_from_values(Tensor::full({5, 6}, 1)).shape() == Shape{1, 5, 6});
}

TEST_SUITE_END();
