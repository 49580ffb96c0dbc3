// Coil maps from the centre of k-space, against the maps that the data were made with.
#include "models/forward/coil_maps.h"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>

#include "engine/error.h"
#include "models/forward/cartesian.h"
#include "tests/models/forward/random_images.h"

using namespace adjoint;

namespace {

using Number = std::complex<double>;

// Smooth maps of C coils around the image, of unit norm; a disk with a texture as the image.
struct Scan {
    int64_t C, H, W;
    Complex maps, image, kspace;
    std::vector<bool> signal;
};
Scan scan(int64_t C, int64_t H, int64_t W) {
    std::vector<double> maps(size_t(2 * C * H * W)), image(size_t(2 * H * W));
    Scan s{C, H, W, {}, {}, {}, {}};
    for (int64_t i = 0; i < H; ++i)
        for (int64_t j = 0; j < W; ++j) {
            const double v = 2 * double(i - H / 2) / double(H), u = 2 * double(j - W / 2) / double(W);
            std::vector<Number> S;
            double squares = 0;
            for (int64_t c = 0; c < C; ++c) {
                const double a = 6.283185307 * double(c) / double(C), dy = v - 1.3 * std::sin(a),
                             dx = u - 1.3 * std::cos(a);
                S.push_back(std::polar(1 / (0.5 + dx * dx + dy * dy), 0.8 * dx - 0.6 * dy + a));
                squares += std::norm(S.back());
            }
            for (int64_t c = 0; c < C; ++c) {
                const Number z = S[size_t(c)] / std::sqrt(squares);
                maps[size_t(2 * ((c * H + i) * W + j))] = z.real();
                maps[size_t(2 * ((c * H + i) * W + j) + 1)] = z.imag();
            }
            const double r = std::hypot(u, v);
            s.signal.push_back(r < 0.75);
            if (r < 0.75)
                image[size_t(2 * (i * W + j))] = 1 + 0.4 * std::sin(9 * u + 4 * v) + 0.3 * std::cos(13 * v * u);
        }
    s.maps = {Tensor::from(maps, {1, C, H, W, 2})};
    s.image = {Tensor::from(image, {1, H, W, 2})};
    s.kspace = CartesianEncoding(s.maps, Tensor::full({1, 1, W}, 1, Type::float64)).forward(s.image);
    return s;
}
Number at(const Complex& z, int64_t i) { return {z.data.data<double>()[2 * i], z.data.data<double>()[2 * i + 1]}; }

// The largest distance of S from the true maps over pixels with signal, phases set aside.
double worst_angle(const Scan& s, const Complex& S) {
    double worst = 0;
    const int64_t pixels = s.H * s.W;
    for (int64_t p = 0; p < pixels; ++p) {
        if (!s.signal[size_t(p)]) continue;
        Number overlap = 0;
        for (int64_t c = 0; c < s.C; ++c) overlap += std::conj(at(S, c * pixels + p)) * at(s.maps, c * pixels + p);
        worst = std::max(worst, std::sqrt(std::max(0.0, 1 - std::norm(overlap))));
    }
    return worst;
}

}  // namespace

TEST_SUITE_BEGIN("models");

TEST_CASE("ESPIRiT finds the maps that the data were made with, in even and odd sizes") {
    for (auto [h, w] : {std::pair<int64_t, int64_t>{48, 40}, {45, 41}}) {
        const Scan s = scan(5, h, w);
        const EspiritMaps found = espirit(s.kspace, {.calibration = 20, .kernel = 5, .threshold = 1e-6});
        REQUIRE(found.maps.size() == 1);
        CHECK(found.maps[0].shape() == Shape{1, 5, h, w});
        MESSAGE(h << "×" << w << ": worst sine of the angle to the true maps " << worst_angle(s, found.maps[0]));
        CHECK(worst_angle(s, found.maps[0]) < 0.01);
        CHECK(worst_angle(s, espirit(s.kspace, {.calibration = 20, .kernel = 5}).maps[0]) < 0.05);  // for noisy data
        const std::vector<double> lambda = found.eigenvalues.values<double>(),
                                  norm2 = sum(squared_magnitude(found.maps[0]), {1}).values<double>();
        for (size_t p = 0; p < s.signal.size(); ++p) {
            CHECK(lambda[p] < 1 + 1e-9);
            CHECK(norm2[p] == doctest::Approx(lambda[p] >= 0.8 ? 1 : 0).epsilon(1e-9));
            if (s.signal[p]) CHECK(lambda[p] > 0.98);
        }
        // Data that the maps explain are left alone by combining and expanding: what SENSE needs.
        const Complex coils = ifft2(s.kspace), back = expand_coils(found.maps[0], combine_coils(found.maps[0], coils));
        CHECK(distance(back, coils) < 0.03);
    }
}

TEST_CASE("the maps' phase makes the first virtual coil real") {
    const Scan s = scan(4, 32, 32);
    const Complex S = espirit(s.kspace, {.calibration = 16, .kernel = 4}).maps[0],
                  L = low_resolution_maps(s.kspace, {.calibration = 16});
    // Both methods are rotated to the same reference, so that their phases agree where both see signal.
    for (int64_t p = 0; p < 32 * 32; ++p) {
        if (!s.signal[size_t(p)]) continue;
        Number overlap = 0;
        for (int64_t c = 0; c < 4; ++c) overlap += std::conj(at(S, c * 1024 + p)) * at(L, c * 1024 + p);
        CHECK(overlap.real() > 0.95);
        CHECK(std::fabs(overlap.imag()) < 0.1);
    }
    // A global phase of the data changes nothing.
    const Complex turned = espirit({multiply(s.kspace, Complex{Tensor::from(std::vector<double>{0.6, 0.8}, {2})}).data},
                                   {.calibration = 16, .kernel = 4}).maps[0];
    CHECK(distance(turned, S) < 1e-8);
}

TEST_CASE("low-resolution maps: unit norm where there is signal, near the true ones inside") {
    const Scan s = scan(6, 40, 36);
    const Complex L = low_resolution_maps(s.kspace, {.calibration = 24});
    CHECK(worst_angle(s, L) < 0.25);  // blurred at the edge
    const std::vector<double> norm2 = sum(squared_magnitude(L), {1}).values<double>();
    for (size_t p = 0; p < norm2.size(); ++p) {
        if (s.signal[p]) CHECK(norm2[p] == doctest::Approx(1));
        else CHECK((norm2[p] == 0 || std::fabs(norm2[p] - 1) < 1e-9));
    }
}

TEST_CASE("two sets of maps are orthogonal, and the types and batches are kept") {
    const Scan s = scan(4, 24, 20);
    const Complex two{Tensor::zeros({2, 4, 24, 20, 2}, Type::float32)};
    Complex batch = two;
    batch.data = batch.data.copy();
    for (int64_t n = 0; n < 2; ++n)
        batch.data.slice_of_memory(n * s.kspace.data.size(), s.kspace.data.shape())
            .copy_from(s.kspace.data.to(Type::float32));
    const EspiritMaps found = espirit(batch, {.calibration = 12, .kernel = 4, .crop = 0, .maps = 2});
    CHECK(found.maps[0].data.type() == Type::float32);
    CHECK(found.eigenvalues.shape() == Shape{2, 2, 24, 20});
    const std::vector<float> overlap =
        abs(sum(multiply(found.maps[0], found.maps[1], {.a = true}), {1})).values<float>();
    for (float x : overlap) CHECK(x < 1e-6f);
    const std::vector<float> v = found.maps[0].data.values<float>();
    for (size_t i = 0; i < v.size() / 2; ++i) CHECK(v[i] == v[i + v.size() / 2]);
}

TEST_CASE("a calibration region that is not there is refused, and the largest one named") {
    Scan s = scan(3, 24, 24);
    double* k = s.kspace.data.mutable_data<double>("test");
    for (int64_t c = 0; c < 3; ++c)
        for (int64_t part = 0; part < 2; ++part)
            k[2 * ((c * 24 + 17) * 24 + 12) + part] = 0;  // 5 rows below the centre
    CHECK_THROWS_WITH_AS(espirit(s.kspace, {.calibration = 16, .kernel = 4}),
                         doctest::Contains("full square of 10×10"), Error);
    CHECK_NOTHROW(espirit(s.kspace, {.calibration = 10, .kernel = 4}));
    CHECK_THROWS_WITH_AS(espirit(s.kspace, {.calibration = 32}), doctest::Contains("32×32"), Error);
    CHECK_THROWS_WITH_AS(espirit(s.kspace, {.calibration = 4, .kernel = 6}), doctest::Contains("fit into the region"),
                         Error);
    CHECK_THROWS_WITH_AS(low_resolution_maps(Complex{Tensor::zeros({3, 4, 2})}), doctest::Contains("N×coils×H×W"),
                         Error);
}

TEST_SUITE_END();
