// What pointwise operations do at kinks, ties, jumps, bounds, NaN and far-away arguments: the words at the head of their
// files, held to. (The battery keeps its samples away from kinks.) On every device of the build, the reference included:
// definition, differentiable gradient and fast gradient must agree on the convention.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "engine/device.h"
#include "engine/dual.h"
#include "engine/tape.h"
#include "kernels/pointwise/pointwise.h"

using namespace adjoint;

TEST_SUITE_BEGIN("kernels");

namespace {

const double nan_ = std::nan(""), infinity = std::numeric_limits<double>::infinity();
using Values = std::vector<double>;
using Unary = std::function<Tensor(const Tensor&)>;
using Binary = std::function<Tensor(const Tensor&, const Tensor&)>;

void check_same(const Values& got, const Values& want, const std::string& what) {
    INFO(what);
    REQUIRE(got.size() == want.size());
    for (size_t i = 0; i < want.size(); ++i) {
        INFO("element " << i << ": " << got[i] << ", expected " << want[i]);
        CHECK((got[i] == want[i] || (std::isnan(got[i]) && std::isnan(want[i]))));
    }
}

Values as_doubles(const Tensor& t) { return t.constant().to(Device::cpu).to(Type::float64).values<double>(); }

// f's values at the points x and its derivatives there, by every road.
void check_unary(const char* name, const Unary& f, const Values& x, const Values& y, const Values& slope) {
    const Shape shape{int64_t(x.size())};
    std::vector<Dual1> dual(x.size());
    for (size_t i = 0; i < x.size(); ++i) dual[i] = {x[i], 1.0};
    std::vector<Dual1> forward = f(Tensor::from(dual, shape, Device::reference)).values<Dual1>();
    Values tangents;
    for (const Dual1& d : forward) tangents.push_back(d.tangent);
    check_same(tangents, slope, std::string(name) + ": dual numbers");

    for (Device device : {Device::reference, Device::cpu, Device::emulated, Device::cuda}) {
        if (!device_present(device)) continue;
        for (Type type : {Type::float64, Type::float32}) {
            if (device == Device::reference && type == Type::float32) continue;
            const std::string where = std::string(name) + " on " + name_of(device) + " in " + name_of(type);
            for (bool create_graph : {false, true}) {
                Tape tape;
                Tensor v = tape.variable(Tensor::from(x, shape).to(type).to(device)), result = f(v);
                check_same(as_doubles(result), y, where + ": values");
                Tensor g = gradient(result, {v}, {.create_graph = create_graph, .cotangent = result.like(1)})[0];
                check_same(as_doubles(g), slope, where + (create_graph ? ": gradient" : ": fast gradient"));
            }
        }
    }
}

void check_ties(const char* name, const Binary& f, const Values& a, const Values& b, const Values& y, const Values& da,
                const Values& db) {
    const Shape shape{int64_t(a.size())};
    for (Device device : {Device::reference, Device::cpu, Device::emulated, Device::cuda}) {
        if (!device_present(device)) continue;
        for (bool create_graph : {false, true}) {
            const std::string where = std::string(name) + " on " + name_of(device);
            Tape tape;
            Tensor u = tape.variable(Tensor::from(a, shape).to(device)), v = tape.variable(Tensor::from(b, shape).to(device));
            Tensor result = f(u, v);
            check_same(as_doubles(result), y, where + ": values");
            std::vector<Tensor> g = gradient(result, {u, v}, {.create_graph = create_graph, .cotangent = result.like(1)});
            check_same(as_doubles(g[0]), da, where + ": dL/da");
            check_same(as_doubles(g[1]), db, where + ": dL/db");
        }
    }
}

}  // namespace

TEST_CASE("kinks: the derivative there is the one that is written down") {
    check_unary("relu", [](auto& x) { return relu(x); }, {-1, -0.0, 0, 2, infinity}, {0, 0, 0, 2, infinity}, {0, 0, 0, 1, 1});
    check_unary("leaky_relu", [](auto& x) { return leaky_relu(x, 0.25); }, {-1, 0, 2}, {-0.25, 0, 2}, {0.25, 0.25, 1});
    check_unary("abs", [](auto& x) { return abs(x); }, {-3, -0.0, 0, 2}, {3, 0, 0, 2}, {-1, 0, 0, 1});
    check_unary("sign", [](auto& x) { return sign(x); }, {-3, 0, 2, infinity}, {-1, 0, 1, 1}, {0, 0, 0, 0});
    check_unary("sqrt", [](auto& x) { return sqrt(x); }, {0, 4}, {0, 2}, {infinity, 0.25});
    check_unary("safe_sqrt", [](auto& x) { return safe_sqrt(x, 0.25); }, {0, 0.75}, {0.5, 1}, {1, 0.5});
    CHECK_THROWS_WITH(safe_sqrt(Tensor::scalar(1), 0), doctest::Contains("epsilon must be above 0"));
}

TEST_CASE("clamp passes the gradient at its bounds, and nothing outside of them") {
    check_unary("clamp", [](auto& x) { return clamp(x, 0, 1); }, {-0.5, 0, 0.5, 1, 1.5, -infinity}, {0, 0, 0.5, 1, 1, 0},
                {0, 1, 1, 1, 0, 0});
    CHECK_THROWS_WITH(clamp(Tensor::scalar(1), 1, 0), doctest::Contains("the interval is empty"));
    CHECK_THROWS_WITH(clamp(Tensor::scalar(1), nan_, 0), doctest::Contains("the interval is empty"));
}

TEST_CASE("ties of maximum and minimum share the gradient") {
    const Values a = {1, 2, 3, infinity}, b = {2, 2, 1, infinity};
    check_ties("maximum", [](auto& u, auto& v) { return maximum(u, v); }, a, b, {2, 2, 3, infinity}, {0, 0.5, 1, 0.5},
               {1, 0.5, 0, 0.5});
    check_ties("minimum", [](auto& u, auto& v) { return minimum(u, v); }, a, b, {1, 2, 1, infinity}, {1, 0.5, 0, 0.5},
               {0, 0.5, 1, 0.5});
    Tensor tiny = Tensor::scalar(5e-324, Type::float64);  // half of it is none
    CHECK(maximum(tiny, tiny).item() == 5e-324);
}

TEST_CASE("masks are constant between their jumps, and compare false with NaN") {
    const Values a = {1, 2, 3, nan_}, b = {2, 2, 2, 2}, none = {0, 0, 0, 0};
    check_ties("greater", [](auto& u, auto& v) { return greater(u, v); }, a, b, {0, 0, 1, 0}, none, none);
    check_ties("greater_equal", [](auto& u, auto& v) { return greater_equal(u, v); }, a, b, {0, 1, 1, 0}, none, none);
    check_ties("less", [](auto& u, auto& v) { return less(u, v); }, a, b, {1, 0, 0, 0}, none, none);
    check_ties("less_equal", [](auto& u, auto& v) { return less_equal(u, v); }, a, b, {1, 1, 0, 0}, none, none);
    check_ties("equal", [](auto& u, auto& v) { return equal(u, v); }, a, b, {0, 1, 0, 0}, none, none);
    check_unary("less than a constant", [](auto& x) { return less(x, 2.0); }, a, {1, 0, 0, 0}, none);
}

TEST_CASE("where: what is not taken may be anything") {
    check_ties("where", [](auto& u, auto& v) { return where(greater(u, 0.0), u, v); }, {1, -1}, {nan_, 5}, {1, 5}, {1, 0},
               {0, 1});
}

TEST_CASE("NaN stays NaN") {
    const std::pair<const char*, Unary> all[] = {
        {"relu", [](auto& x) { return relu(x); }},       {"leaky_relu", [](auto& x) { return leaky_relu(x, 0.1); }},
        {"abs", [](auto& x) { return abs(x); }},         {"sign", [](auto& x) { return sign(x); }},
        {"clamp", [](auto& x) { return clamp(x, 0, 1); }}, {"power", [](auto& x) { return power(x, 1.5); }},
        {"gelu", [](auto& x) { return gelu(x); }},       {"gelu_tanh", [](auto& x) { return gelu_tanh(x); }},
        {"sigmoid", [](auto& x) { return sigmoid(x); }}, {"tanh", [](auto& x) { return tanh(x); }},
        {"erf", [](auto& x) { return erf(x); }},         {"exp", [](auto& x) { return exp(x); }},
        {"log", [](auto& x) { return log(x); }},         {"sqrt", [](auto& x) { return sqrt(x); }},
        {"sin", [](auto& x) { return sin(x); }},         {"cos", [](auto& x) { return cos(x); }},
        {"maximum", [](auto& x) { return maximum(x, x.like(1)); }}, {"minimum", [](auto& x) { return minimum(x.like(1), x); }}};
    for (const auto& [name, f] : all) {
        INFO(name);
        for (Type type : {Type::float32, Type::float64}) {
            CHECK(std::isnan(f(Tensor::scalar(nan_, type)).item()));
            CHECK(!std::isnan(f(Tensor::scalar(0.5, type)).item()));
        }
    }
}

TEST_CASE("sin and cos far beyond the branch-free form, in every position") {
    std::vector<float> x(1000, 0.5f);
    for (size_t i : {0, 5, 17, 998, 999}) x[i] = 3e20f + float(i) * 1e18f;
    Tape tape;
    Tensor v = tape.variable(Tensor::from(x, {1000}));
    std::vector<float> s = sin(v).values<float>(), c = cos(v).values<float>();
    std::vector<float> ds = gradient(sin(v), {v}, {.cotangent = v.like(2)})[0].values<float>();
    for (size_t i = 0; i < x.size(); ++i) {
        CHECK(s[i] == doctest::Approx(std::sin(double(x[i]))).epsilon(1e-6));
        CHECK(c[i] == doctest::Approx(std::cos(double(x[i]))).epsilon(1e-6));
        CHECK(ds[i] == doctest::Approx(2 * std::cos(double(x[i]))).epsilon(1e-6));
    }
    CHECK(std::isnan(sin(Tensor::scalar(infinity)).item()));
}

TEST_CASE("power at the edges is C's pow") {
    const Values x = {0, -0.0, 1, -1, 2, -2, infinity, -infinity, 1e-40, 1e30, 0.5};
    for (double p : {3.0, -3.0, 0.5001, -0.5001, 0.0, 7.5, 1.0, 4.0})
        for (Type type : {Type::float32, Type::float64}) {
            Tensor t = Tensor::from(x, {int64_t(x.size())}).to(type);
            Values got = as_doubles(power(t, p));
            for (size_t i = 0; i < x.size(); ++i) {
                const double want = type == Type::float32 ? double(std::pow(float(x[i]), float(p))) : std::pow(x[i], p);
                INFO(x[i] << "^" << p << " in " << name_of(type) << ": " << got[i] << ", expected " << want);
                CHECK((got[i] == doctest::Approx(want).epsilon(3e-7) || got[i] == want ||
                       (std::isnan(got[i]) && std::isnan(want))));
                if (want == 0) CHECK(std::signbit(got[i]) == std::signbit(want));
            }
        }
}

TEST_CASE("a product with a constant keeps the sign of zero") {
    CHECK(std::signbit((-Tensor::scalar(0.0)).item()));
    CHECK(!std::signbit((-Tensor::scalar(-0.0)).item()));
    CHECK(std::signbit((Tensor::scalar(-0.0) * 3.0).item()));
}

TEST_SUITE_END();
