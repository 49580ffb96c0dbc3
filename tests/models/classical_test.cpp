// Classical reconstructions: they minimise what they say, agree with each other, and are better than zero-filled.
#include "models/classical.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/error.h"
#include "kernels/layout/layout.h"
#include "kernels/wavelet/wavelet.h"
#include "models/forward/masks.h"
#include "tests/models/forward/random_images.h"

using namespace adjoint;

namespace {

// Two piecewise constant images, four smooth coils of unit norm, points of k-space with a full centre.
struct Scan {
    Complex image, y;
    CartesianEncoding E;
};
Scan scan(int64_t H = 48, int64_t W = 40, int64_t calibration = 8) {
    std::vector<double> image(size_t(4 * H * W)), maps(size_t(8 * H * W));
    for (int64_t i = 0; i < H; ++i)
        for (int64_t j = 0; j < W; ++j) {
            const double v = 2 * double(i) / double(H) - 1, u = 2 * double(j) / double(W) - 1;
            for (int64_t n = 0; n < 2; ++n) {
                const double inside = std::hypot(u, v) < 0.8, hole = std::hypot(u - 0.2, v + 0.3 * double(n)) < 0.25;
                image[size_t(2 * ((n * H + i) * W + j))] = inside - 0.6 * hole;
                image[size_t(2 * ((n * H + i) * W + j) + 1)] = 0.3 * hole;
            }
            double squares = 0;
            for (int64_t c = 0; c < 4; ++c)
                squares += 1 / std::pow(0.6 + std::hypot(u - (c % 2 ? 1 : -1), v - (c / 2 ? 1 : -1)), 2);
            for (int64_t c = 0; c < 4; ++c) {
                const double s =
                    1 / (0.6 + std::hypot(u - (c % 2 ? 1 : -1), v - (c / 2 ? 1 : -1))) / std::sqrt(squares);
                maps[size_t(2 * ((c * H + i) * W + j))] = s * std::cos(u + double(c));
                maps[size_t(2 * ((c * H + i) * W + j) + 1)] = s * std::sin(u + double(c));
            }
        }
    const Tensor mask =
        poisson_disk({.height = H, .width = W, .acceleration = 4, .calibration = calibration, .seed = 2})
            .to(Type::float64);
    Scan s{{Tensor::from(image, {2, H, W, 2})}, {}, CartesianEncoding({Tensor::from(maps, {1, 4, H, W, 2})}, mask)};
    s.y = add_noise(s.E.forward(s.image), mask, 0.01, 1);
    return s;
}

}  // namespace

TEST_SUITE_BEGIN("models");

TEST_CASE("the wavelet transform is orthogonal in every size, and smooth images have few coefficients") {
    for (auto [h, w] : {std::pair<int64_t, int64_t>{64, 48}, {45, 38}, {16, 16}, {230, 180}}) {
        const Complex x = random_complex({2, h, w}, 1);
        const Tensor z = wavelet(x.data, 1, 4);
        CHECK(norm(z).item() == doctest::Approx(norm(x.data).item()).epsilon(1e-13));
        CHECK(distance(Complex{inverse_wavelet(z, 1, 4)}, x) < 1e-13);
    }
    // Two vanishing moments: straight slopes leave no high frequencies away from the edge.
    std::vector<double> slope;
    for (int i = 0; i < 64 * 64; ++i) slope.push_back(0.5 * (i / 64) - 0.25 * (i % 64));
    const std::vector<double> z = wavelet(Tensor::from(slope, {1, 64, 64, 1}), 1, 32).values<double>();
    for (int i = 0; i < 31; ++i)
        for (int j = 32; j < 63; ++j) {
            CHECK(std::fabs(z[size_t(i * 64 + j)]) < 1e-12);
            CHECK(std::fabs(z[size_t(j * 64 + i)]) < 1e-12);
        }
}

TEST_CASE("SENSE solves its normal equations") {
    const Scan s = scan();
    const Complex x = sense(s.E, s.y, 0.01, 200, 1e-10);
    CHECK(distance(s.E.normal(x) + 0.01 * x, s.E.adjoint(s.y)) < 1e-9);
    CHECK(distance(x, s.image) < 0.65 * distance(zero_filled(s.E, s.y), s.image));
}

TEST_CASE("PICS: both algorithms reach the same minimum, for wavelets and for total variation") {
    const Scan s = scan(24, 20, 6);  // thousands of steps
    for (auto regulariser : {PicsSettings::Regulariser::wavelet, PicsSettings::Regulariser::total_variation}) {
        PicsSettings settings{.regulariser = regulariser, .lambda = 0.01, .iterations = 400, .inner = 20, .smallest = 6,
                              .shifts = false};
        const PicsResult fista = pics(s.E, s.y, settings, true);
        settings.algorithm = PicsSettings::Algorithm::admm;
        settings.iterations = 1200;
        const PicsResult admm = pics(s.E, s.y, settings, true);
        CAPTURE(int(regulariser));
        REQUIRE(fista.objective.size() == 401);
        CHECK(fista.objective.back() < 0.5 * fista.objective.front());
        CHECK(fista.objective.back() == doctest::Approx(admm.objective.back()).epsilon(1e-5));
        CHECK(distance(fista.x, admm.x) < 1e-2);
    }
}

// At the minimum the gradient of the misfit is −λ m z/|z| in every wavelet coefficient z ≠ 0, and at most λ m
// elsewhere.
TEST_CASE("PICS with wavelets ends where no step improves it") {
    const Scan s = scan();
    const PicsSettings settings{.lambda = 0.01, .iterations = 1500, .smallest = 6, .shifts = false};
    const Complex x = pics(s.E, s.y, settings).x, zf = zero_filled(s.E, s.y), g = s.E.normal(x) - zf;
    const Complex z{wavelet(x.data, 1, 6)}, slope{wavelet(g.data, 1, 6)};
    const std::vector<double> m = max(abs(zf), {1, 2}).values<double>(), length = abs(z).values<double>(),
                              along = inner(z, slope).values<double>(), steep = abs(slope).values<double>();
    int zeros = 0, others = 0;
    for (size_t i = 0; i < length.size(); ++i) {
        const double t = 0.01 * m[i / (48 * 40)];
        CHECK(steep[i] < t * (1 + 1e-6));
        if (length[i] < 1e-9) ++zeros;
        if (length[i] < 1e-3) continue;
        ++others;
        CHECK(along[i] / length[i] == doctest::Approx(-t).epsilon(1e-4));
    }
    CHECK(zeros > int(length.size()) / 2);
    CHECK(others > 100);
}

TEST_CASE(
    "PICS is better than SENSE on piecewise constant images, total variation best; scale and batch do not matter") {
    const Scan s = scan();
    const double zero = distance(zero_filled(s.E, s.y), s.image), linear = distance(sense(s.E, s.y, 0.01), s.image);
    PicsSettings settings{.lambda = 0.004, .smallest = 6};
    const Complex wavelets = pics(s.E, s.y, settings).x;
    settings.regulariser = PicsSettings::Regulariser::total_variation;
    const Complex tv = pics(s.E, s.y, settings).x;
    MESSAGE("errors: zero-filled " << zero << ", SENSE " << linear << ", wavelets " << distance(wavelets, s.image)
                                   << ", TV " << distance(tv, s.image));
    CHECK(linear < zero);
    CHECK(distance(wavelets, s.image) < linear);
    CHECK(distance(tv, s.image) < distance(wavelets, s.image));
    CHECK(distance(pics(s.E, 1000.0 * s.y, settings).x, 1000.0 * tv) < 1e-9);
    const Complex first{s.y.data.slice_of_memory(0, {1, 4, 48, 40, 2})};
    const Complex alone = pics(s.E, first, settings).x;
    CHECK(distance(alone, Complex{tv.data.slice_of_memory(0, {1, 48, 40, 2})}) < 1e-12);
}

TEST_CASE("PICS on other devices, of nothing, and refused") {
    const Scan s = scan(16, 12, 4);
    const PicsSettings settings{.iterations = 5, .smallest = 4};
    const Complex want = pics(s.E, s.y, settings).x;
    for (Device device : {Device::emulated, Device::cuda}) {
        if (!device_present(device)) continue;
        const CartesianEncoding there({s.E.maps.data.to(device)}, s.E.mask.to(device));
        CHECK(distance({pics(there, {s.y.data.to(device)}, settings).x.data.to(Device::cpu)}, want) < 1e-11);
    }
    const Complex nothing = s.y * 0.0;
    CHECK(norm(pics(s.E, nothing, settings).x.data).item() == 0);
    CHECK_THROWS_WITH_AS(pics(s.E, s.y, {.lambda = 0}), doctest::Contains("positive"), Error);
    CHECK_THROWS_WITH_AS(sense(s.E, s.y, -1), doctest::Contains("at least 0"), Error);
}

TEST_SUITE_END();
