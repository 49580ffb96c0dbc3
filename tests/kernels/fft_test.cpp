// The transform on the CPU: large sizes against a straightforward sum, and F⁻¹F = 1. (Small sizes: the battery.)
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/philox.h"
#include "kernels/fourier/fourier.h"

using namespace adjoint;

TEST_SUITE_BEGIN("kernels");

TEST_CASE("fft of long lines equals the sum, for every kind of size") {
    for (int64_t n : {1, 2, 8, 320, 256, 1000, 511, 2 * 3 * 5 * 7, 1021, 4 * 97}) {
        Philox random{uint64_t(n), 1};
        std::vector<double> v(size_t(2 * n));
        for (size_t i = 0; i < v.size(); ++i) v[i] = random.normal(i);
        Tensor x = Tensor::from(v, {n, 2});
        std::vector<double> y = fft(x, {0}).values<double>();
        std::vector<float> f = fft(x.to(Type::float32), {0}).values<float>();
        double worst = 0, worst32 = 0;
        for (int64_t k : {int64_t(0), n / 3, n / 2, n - 1}) {
            double re = 0, im = 0;
            for (int64_t j = 0; j < n; ++j) {
                double angle = -2 * M_PI * double((j - n / 2) * (k - n / 2) % n) / double(n);
                re += v[size_t(2 * j)] * std::cos(angle) - v[size_t(2 * j + 1)] * std::sin(angle);
                im += v[size_t(2 * j)] * std::sin(angle) + v[size_t(2 * j + 1)] * std::cos(angle);
            }
            double s = 1 / std::sqrt(double(n));
            worst = std::max({worst, std::abs(re * s - y[size_t(2 * k)]), std::abs(im * s - y[size_t(2 * k + 1)])});
            worst32 = std::max({worst32, std::abs(re * s - f[size_t(2 * k)]), std::abs(im * s - f[size_t(2 * k + 1)])});
        }
        CAPTURE(n);
        CHECK(worst < 1e-12);
        CHECK(worst32 < 2e-5);
        std::vector<double> back = ifft(fft(x, {0}), {0}).values<double>();
        for (size_t i = 0; i < v.size(); ++i) CHECK(back[i] == doctest::Approx(v[i]).epsilon(1e-11));
    }
}

TEST_SUITE_END();
