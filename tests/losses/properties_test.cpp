// What must hold of the losses for any images: bounds, symmetry, batches, flat images, equal bits, complex images.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "engine/parallel.h"
#include "engine/tape.h"
#include "kernels/layout/layout.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "losses/composition.h"
#include "tests/losses/images.h"

using namespace adjoint;

TEST_SUITE_BEGIN("losses");

namespace {

constexpr LossContext context{5, 0};

// Every loss with settings that fit into small images.
const std::vector<std::string>& small_losses() {
    static const std::vector<std::string> all = {
        "l1", "l2", "ssim", "ssim{variant=wang2004}", "ssim{variant=uniform}", "ssim{variant=fastmri}",
        "ssim{variant=scikit-image}", "s3im{n=8,m=8}", "local-glance{window=8}",
        "local-glance{window=8,kernel=gaussian}", "local-glance{form=paper,window=8}",
        "local-glance{window=8,drop=none}", "local-glance{window=8,drop=C}", "global-glance{window=8,n=16,m=16}",
        "ms-glance{window=8,n=16,m=16,shuffles=3}", "ms-glance{form=paper,window=8,n=16,m=16,shuffles=3}"};
    return all;
}

struct ValueAndGradient {
    double value;
    std::vector<double> gradient;
};
ValueAndGradient evaluate(const std::string& name, const Tensor& x, const Tensor& y) {
    Tape tape;
    const Tensor v = tape.variable(x);
    const Tensor value = Composition(name).value(v, y, context).total;
    return {value.item(), gradient(value, {v})[0].to(Type::float64).values<double>()};
}
double value_of(const std::string& name, const Tensor& x, const Tensor& y) {
    return Composition(name).value(x, y, context).total.item();
}
bool all_finite(const std::vector<double>& v) {
    for (double x : v)
        if (!std::isfinite(x)) return false;
    return true;
}
double largest(const std::vector<double>& v) {
    double m = 0;
    for (double x : v) m = std::max(m, std::abs(x));
    return m;
}

}  // namespace

TEST_CASE("0 for equal images, with gradient 0") {
    const Tensor x = noise_image({2, 2, 21, 19}, 1);
    for (const std::string& name : small_losses()) {
        CAPTURE(name);
        const ValueAndGradient e = evaluate(name, x, x);
        CHECK(std::abs(e.value) < 1e-12);
        CHECK(largest(e.gradient) < 1e-12);
    }
}

TEST_CASE("symmetric in prediction and target, and within bounds") {
    const Tensor x = noise_image({2, 2, 21, 19}, 1), y = noise_image({2, 2, 21, 19}, 2);
    for (const std::string& name : small_losses()) {
        CAPTURE(name);
        const double value = value_of(name, x, y);
        if (name.find("fastmri") == std::string::npos)  // whose range is the target's
            CHECK(value == doctest::Approx(value_of(name, y, x)).epsilon(1e-13));
        CHECK(value > 0);
        CHECK(value <= (name.rfind("ms-glance{w", 0) == 0 ? 4 : 2));
    }
}

TEST_CASE("opposite images: the Glance index comes near its lower end") {
    const Tensor x = noise_image({1, 1, 24, 24}, 1);
    CHECK(value_of("local-glance{border=valid,window=8}", x, 1.0 - x) == doctest::Approx(2).epsilon(0.02));
}

TEST_CASE("a batch counts as the mean of its items") {
    const Tensor x = noise_image({3, 2, 20, 18}, 1), y = noise_image({3, 2, 20, 18}, 2);
    for (const std::string& name : small_losses()) {
        if (name.find("s3im") == 0 || name.find("global") == 0 || name.find("ms") == 0) continue;  // draw per item
        CAPTURE(name);
        double total = 0;
        for (int64_t n = 0; n < 3; ++n) total += value_of(name, slice_axis(x, 0, n, n + 1), slice_axis(y, 0, n, n + 1));
        CHECK(value_of(name, x, y) == doctest::Approx(total / 3).epsilon(1e-13));
    }
}

TEST_CASE("flat images: finite values and gradients") {
    const Shape shape{1, 2, 40, 37};
    const double offsets[] = {0, 0.5, 1, 1000};
    for (Type type : {Type::float32, Type::float64})
        for (double offset : offsets)
            for (double amplitude : {0.0, 1e-4}) {
                const Tensor flat = (noise_image(shape, 1, -1, 1) * amplitude + offset).to(type);
                const Tensor other = (noise_image(shape, 2, -1, 1) * amplitude + offset).to(type);
                const Tensor rough = noise_image(shape, 3).to(type);
                for (const std::string& name : small_losses()) {
                    if (name.find("fastmri") != std::string::npos && offset == 0) continue;  // no range: refused
                    CAPTURE(name);
                    CAPTURE(offset);
                    CAPTURE(amplitude);
                    for (const Tensor* x : {&other, &rough, &flat}) {
                        const ValueAndGradient e = evaluate(name, *x, flat);
                        CHECK(std::isfinite(e.value));
                        CHECK(all_finite(e.gradient));
                        if (name.find("ssim") == std::string::npos && name[0] != 'l') continue;
                        CHECK(evaluate(name, flat, *x).gradient.size() == e.gradient.size());
                        CHECK(all_finite(evaluate(name, flat, *x).gradient));
                    }
                }
                if (amplitude == 0) CHECK(std::abs(value_of("local-glance{border=valid}", flat, flat)) < 2e-7);
            }
}

// E[x²] − μ² in float32 would lose all digits here.
TEST_CASE("a large offset costs no accuracy") {
    const Shape shape{1, 1, 40, 40};
    const Tensor x = (noise_image(shape, 1) + 4096.0).to(Type::float32),
                 y = (noise_image(shape, 2) + 4096.0).to(Type::float32);
    for (const char* name : {"local-glance{border=valid}", "local-glance{form=paper,kernel=gaussian}"}) {
        const ValueAndGradient narrow = evaluate(name, x, y);
        const ValueAndGradient wide = evaluate(name, x.to(Type::float64) - 4096.0, y.to(Type::float64) - 4096.0);
        CHECK(narrow.value == doctest::Approx(wide.value).epsilon(1e-6));
        double worst = 0;
        for (size_t i = 0; i < wide.gradient.size(); ++i)
            worst = std::max(worst, std::abs(narrow.gradient[i] - wide.gradient[i]));
        CHECK(worst < 1e-5 * largest(wide.gradient));
    }
}

TEST_CASE("the same bits for 1, 2 and 5 threads") {
    const int before = threads();
    const Tensor x = noise_image({1, 3, 101, 117}, 1).to(Type::float32),
                 y = noise_image({1, 3, 101, 117}, 2).to(Type::float32);
    for (const char* name :
         {"ssim", "s3im", "l2+0.01*ms-glance", "ms-glance{form=paper,kernel=gaussian}", "ms-glance{prior=0.2}"}) {
        CAPTURE(name);
        set_threads(1);
        const ValueAndGradient one = evaluate(name, x, y);
        for (int n : {2, 5}) {
            set_threads(n);
            const ValueAndGradient many = evaluate(name, x, y);
            CHECK(std::memcmp(&one.value, &many.value, sizeof(double)) == 0);
            CHECK(std::memcmp(one.gradient.data(), many.gradient.data(), one.gradient.size() * sizeof(double)) == 0);
        }
    }
    set_threads(before);
}

TEST_CASE("odd sizes and windows as large as the image") {
    for (auto [h, w] : {std::pair<int64_t, int64_t>{16, 16}, {17, 31}, {49, 16}, {97, 18}}) {
        const Tensor x = noise_image({1, 1, h, w}, 1), y = noise_image({1, 1, h, w}, 2);
        for (const char* name : {"local-glance{window=16}", "local-glance{window=16,border=valid}",
                                 "local-glance{window=15,border=valid}"}) {
            const ValueAndGradient e = evaluate(name, x, y);
            CHECK(std::isfinite(e.value));
            CHECK(all_finite(e.gradient));
        }
    }
    // One valid window: S by hand.
    const Tensor x = noise_image({1, 1, 16, 16}, 1), y = noise_image({1, 1, 16, 16}, 2);
    const Tensor a = x - mean(x), b = y - mean(y);
    const double S = (mean(a * b).item() + 4.5e-4) / (std::sqrt(mean(a * a).item() * mean(b * b).item()) + 4.5e-4);
    CHECK(value_of("local-glance{border=valid}", x, y) == doctest::Approx(1 - S).epsilon(1e-13));
}

TEST_CASE("complex images: through their magnitude") {
    const Tensor re = noise_image({2, 2, 18, 20}, 1, -1, 1), im = noise_image({2, 2, 18, 20}, 2, -1, 1);
    const Tensor last = stack({re, im}, 4), pairs = reshape(stack({re, im}, 2), Shape{2, 4, 18, 20});
    const Tensor magnitude = safe_sqrt(square(re) + square(im), 1e-12), y = noise_image({2, 2, 18, 20}, 3);
    const Tensor zeros = y.like(0), y_last = stack({y, zeros}, 4),
                 y_pairs = reshape(stack({y, zeros}, 2), Shape{2, 4, 18, 20});
    for (const std::string name :
         {"ssim", "s3im{n=8,m=8,", "local-glance{window=8,", "ms-glance{window=8,n=16,m=16,prior=0.3,"}) {
        CAPTURE(name);
        const bool open = name.find('{') != std::string::npos;
        const std::string plain = open ? name.substr(0, name.size() - 1) + "}" : name;
        const std::string with_pairs = name + (open ? "" : "{") + "magnitude=channel-pairs}";
        const double want = value_of(plain, magnitude, y);
        CHECK(value_of(plain, last, y_last) == doctest::Approx(want).epsilon(1e-10));
        CHECK(value_of(with_pairs, pairs, y_pairs) == doctest::Approx(want).epsilon(1e-10));
        CHECK(all_finite(evaluate(plain, last.like(0), y_last).gradient));
    }
}

TEST_CASE("clipping in Global: no gradient outside [0, 1], all of it at the ends") {
    const Shape shape{1, 1, 20, 20};
    std::vector<double> v = noise(400, 1, 0.1, 0.9);
    v[0] = -0.1, v[1] = 1.2, v[2] = 0, v[3] = 1;
    const ValueAndGradient e =
        evaluate("global-glance{window=4,n=20,m=20,shuffles=2}", Tensor::from(v, shape), noise_image(shape, 2));
    CHECK(e.gradient[0] == 0);
    CHECK(e.gradient[1] == 0);
    CHECK(e.gradient[2] != 0);
    CHECK(e.gradient[3] != 0);
}

TEST_CASE("wrong images are refused with a reason") {
    const Tensor x = noise_image({1, 1, 20, 20}, 1);
    CHECK_THROWS_WITH_AS(value_of("l2", x, noise_image({1, 1, 20, 21}, 1)), doctest::Contains("the shapes differ"),
                         Error);
    CHECK_THROWS_WITH_AS(value_of("l1", x, x.to(Type::float32)), doctest::Contains("float32"), Error);
    CHECK_THROWS_WITH_AS(value_of("ssim", reshape(x, Shape{20, 20}), reshape(x, Shape{20, 20})),
                         doctest::Contains("2 axes"), Error);
    CHECK_THROWS_WITH_AS(value_of("local-glance{window=32,border=valid}", x, x), doctest::Contains("32"), Error);
    CHECK_THROWS_WITH_AS(value_of("ssim{magnitude=channel-pairs}", x, x), doctest::Contains("pairs"), Error);
    CHECK_THROWS_WITH_AS(value_of("ssim{variant=fastmri}", x, x.like(0)), doctest::Contains("not positive"), Error);
}

TEST_SUITE_END();
