// How exact the CPU passes' elementary functions are, in every instruction set that this machine runs.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "engine/isa.h"
#include "tests/kernels/math_loops.h"

using namespace adjoint;

TEST_SUITE_BEGIN("kernels");

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan_f = std::numeric_limits<float>::quiet_NaN();

// One float in 1531 of all bit patterns, so every exponent and both signs; and the neighbourhood of special points.
std::vector<float> many_floats() {
    std::vector<float> x;
    for (uint64_t b = 0; b < (uint64_t(1) << 32); b += 1531) {
        uint32_t u = uint32_t(b);
        float f;
        std::memcpy(&f, &u, 4);
        x.push_back(f);
    }
    for (float centre : {0.f, 1e-38f, 0.25f, 0.625f, 0.94f, 1.f, 4.05f, 88.5f, -87.3f, -103.9f, 0.70710678f, 1.41421356f}) {
        float up = centre, down = centre;
        for (int i = 0; i < 2000; i++) {
            x.push_back(up = std::nextafter(up, infinity));
            x.push_back(down = std::nextafter(down, -infinity));
        }
    }
    for (float special : {0.f, -0.f, 1.f, -1.f, infinity, -infinity, nan_f, 3.4028235e38f, 1e-45f}) x.push_back(special);
    for (double v = -105; v < 90; v += 0.001) x.push_back(float(v));
    while (x.size() % 64) x.push_back(1.f);
    return x;
}

// The error of y in units of the last place of `exact` as a float. NaN must meet NaN, ∞ must meet what rounds to ∞.
double error_in_ulp(float y, double exact) {
    if (std::isnan(exact)) return std::isnan(y) ? 0 : 1e30;
    float rounded = float(exact);
    if (std::isinf(rounded) || std::isinf(y)) {
        // A result that exceeds the largest float by rounding alone may go either way.
        if (y == rounded) return 0;
        return std::abs(exact) < 3.40282357e38 * (1 + 2e-7) && std::abs(y) >= 3.4028232e38f ? 1 : 1e30;
    }
    int exponent;
    std::frexp(exact, &exponent);
    double ulp = std::ldexp(1.0, std::max(exponent - 24, -149));
    return std::abs(double(y) - exact) / ulp;
}

struct Build {
    const char* name;
    FloatLoop (*f32)(const char*);
    DoubleLoop (*f64)(const char*);
};
std::vector<Build> builds() {
    std::vector<Build> all{{"baseline", isa_baseline::math_loop_f32, isa_baseline::math_loop_f64}};
    if (isa() >= Isa::avx2) all.push_back({"avx2", isa_avx2::math_loop_f32, isa_avx2::math_loop_f64});
    if (isa() >= Isa::avx512) all.push_back({"avx512", isa_avx512::math_loop_f32, isa_avx512::math_loop_f64});
    return all;
}

double exact_sigmoid(double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }

}  // namespace

TEST_CASE("exp, log, tanh, sigmoid, erf in float32: at most 2 ulp over the whole range") {
    const std::vector<float> x = many_floats();
    std::vector<float> y(x.size());
    struct Case { const char* name; double (*exact)(double); };
    for (Case c : {Case{"exp", std::exp}, Case{"vector exp", std::exp}, Case{"log", std::log}, Case{"vector log", std::log},
                   Case{"tanh", std::tanh}, Case{"vector tanh", std::tanh}, Case{"erf", std::erf},
                   Case{"vector erf", std::erf}, Case{"sigmoid", exact_sigmoid}})
        for (const Build& build : builds()) {
            build.f32(c.name)(x.data(), y.data(), int64_t(x.size()));
            double worst = 0;
            float where = 0;
            for (size_t i = 0; i < x.size(); i++) {
                double e = error_in_ulp(y[i], c.exact(x[i]));
                if (!(e <= worst)) worst = e, where = x[i];
            }
            INFO(std::string(c.name) << " in " << std::string(build.name) << ": " << worst << " ulp at " << where);
            CHECK(worst <= 2.0);
        }
}

TEST_CASE("sin and cos in float32: 1e-7 absolute for every finite x") {
    const std::vector<float> x = many_floats();
    std::vector<float> y(x.size());
    for (const Build& build : builds())
        for (const char* name : {"sin", "cos", "sincos"}) {
            build.f32(name)(x.data(), y.data(), int64_t(x.size()));
            double worst = 0;
            for (size_t i = 0; i < x.size(); i++) {
                bool cosine = name[0] == 'c' || (name[3] == 'c' && i % 2);
                double exact = cosine ? std::cos(double(x[i])) : std::sin(double(x[i]));
                double e = std::isnan(exact) ? (std::isnan(y[i]) ? 0 : 1e30) : std::abs(y[i] - exact);
                if (!(e <= worst)) worst = e;
            }
            INFO(std::string(name) << " in " << std::string(build.name) << ": " << worst);
            CHECK(worst <= 1e-7);
        }
}

TEST_CASE("exp, sin and cos in float64") {
    std::vector<double> x;
    for (double v = -745; v < 709.7; v += 0.00731) x.push_back(v);
    for (double v : {0.0, -0.0, 1e-300, 1e5 + 0.1, 123456789.123, -9.87654321e12, 1e20, -1e300}) x.push_back(v);
    while (x.size() % 64) x.push_back(0.5);
    std::vector<double> y(x.size());
    for (const Build& build : builds())
        for (const char* name : {"exp", "sin", "cos", "sincos"}) {
            build.f64(name)(x.data(), y.data(), int64_t(x.size()));
            double worst = 0;
            for (size_t i = 0; i < x.size(); i++) {
                const bool cosine = name[0] == 'c' || (name[3] == 'c' && i % 2);
                long double exact = name[0] == 'e' ? std::exp((long double)x[i])
                                  : cosine ? std::cos((long double)x[i]) : std::sin((long double)x[i]);
                bool overflows = name[0] == 'e' && x[i] > 709.78;
                long double scale = name[0] == 'e' ? std::max(exact, 1e-307L) : 1.0L;
                double e = overflows ? (y[i] == HUGE_VAL ? 0 : 1e30) : double(std::abs(y[i] - exact) / scale);
                if (!(e <= worst)) worst = e;
            }
            INFO(std::string(name) << " in " << std::string(build.name) << ": " << worst);
            CHECK(worst <= 1e-15);
        }
}

TEST_SUITE_END();
