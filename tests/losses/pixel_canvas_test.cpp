// The random pixels of Global Glance and S3IM.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "losses/pixel_canvas.h"
#include "tests/losses/images.h"

using namespace adjoint;

TEST_SUITE_BEGIN("losses");

namespace {

std::vector<int32_t> all_of(int32_t n) {
    std::vector<int32_t> v(static_cast<size_t>(n));
    std::iota(v.begin(), v.end(), 0);
    return v;
}
std::vector<int64_t> block(const std::vector<int64_t>& places, int64_t r, int64_t drawn) {
    return {places.begin() + r * drawn, places.begin() + (r + 1) * drawn};
}

}  // namespace

TEST_CASE("drawn without repetition; every block holds the same pixels in another order") {
    const CanvasSettings s{12, 10, 5, -INFINITY, 2};
    const std::vector<int64_t> places = canvas_places(all_of(500), s, {1, 7}, 0);
    REQUIRE(places.size() == 600);
    const std::vector<int64_t> first = block(places, 0, 120);
    CHECK(std::set<int64_t>(first.begin(), first.end()).size() == 120);
    CHECK(*std::min_element(first.begin(), first.end()) >= 0);
    CHECK(*std::max_element(first.begin(), first.end()) < 500);
    std::set<std::vector<int64_t>> orders;
    for (int64_t r = 0; r < 5; ++r) {
        std::vector<int64_t> b = block(places, r, 120);
        CHECK(std::is_permutation(b.begin(), b.end(), first.begin()));
        orders.insert(b);
    }
    CHECK(orders.size() == 5);
}

TEST_CASE("a function of seed, step, item and loss") {
    const CanvasSettings s{6, 5, 3, -INFINITY, 2}, other{6, 5, 3, -INFINITY, 1};
    auto draw = [&](const CanvasSettings& c, LossContext context, int64_t item) {
        return canvas_places(all_of(100), c, context, item);
    };
    CHECK(draw(s, {1, 7}, 0) == draw(s, {1, 7}, 0));
    CHECK(draw(s, {1, 7}, 0) != draw(s, {2, 7}, 0));
    CHECK(draw(s, {1, 7}, 0) != draw(s, {1, 8}, 0));
    CHECK(draw(s, {1, 7}, 0) != draw(s, {1, 7}, 1));
    CHECK(draw(s, {1, 7}, 0) != draw(other, {1, 7}, 0));
}

TEST_CASE("too few pixels: drawn with replacement, from those alone") {
    const CanvasSettings s{6, 5, 2, -INFINITY, 2};
    const std::vector<int64_t> places = canvas_places({3, 17, 40}, s, {1, 7}, 0);
    CHECK(std::set<int64_t>(places.begin(), places.end()) == std::set<int64_t>{3, 17, 40});
}

TEST_CASE("every pixel and every order equally likely") {
    constexpr int trials = 6000;
    std::vector<int> hits(10), first_of_second(4);
    for (uint64_t step = 0; step < trials; ++step) {
        const std::vector<int64_t> places = canvas_places(all_of(10), {2, 2, 2, -INFINITY, 2}, {9, step}, 0);
        for (int k = 0; k < 4; ++k) ++hits[size_t(places[size_t(k)])];
        ++first_of_second[size_t(std::find(places.begin(), places.begin() + 4, places[4]) - places.begin())];
    }
    auto chi_squared = [](const std::vector<int>& counts, double expected) {
        double total = 0;
        for (int c : counts) total += (c - expected) * (c - expected) / expected;
        return total;
    };
    CHECK(chi_squared(hits, trials * 0.4) < 27.9);           // 9 degrees of freedom, 99.9 %
    CHECK(chi_squared(first_of_second, trials / 4.0) < 16.3); // 3 degrees
}

TEST_CASE("the prior looks at channel 0 of the target; rows run through the list") {
    std::vector<double> y = noise(2 * 2 * 100, 1, 0, 1);
    const Tensor target = Tensor::from(y, {2, 2, 10, 10});
    std::vector<double> number(400);
    std::iota(number.begin(), number.end(), 0.0);
    const Tensor numbers = Tensor::from(number, {2, 2, 10, 10});
    const CanvasSettings s{4, 3, 2, 0.6, 2};
    const PixelCanvas canvas(target, s, {1, 7});
    const Tensor drawn = canvas.of(numbers);
    CHECK(drawn.shape() == Shape{2, 2, 4, 6});
    const std::vector<double> v = drawn.values<double>();
    for (int64_t n = 0; n < 2; ++n)
        for (int64_t k = 0; k < 24; ++k) {
            const int64_t first = int64_t(v[size_t(n * 48 + k)]), second = int64_t(v[size_t(n * 48 + 24 + k)]);
            CHECK(second == first + 100);  // the same place in both channels
            CHECK(y[size_t(first)] > 0.6);
        }
    // Block 0 is the first 12 of the list, which are row 0 (6 of them) and row 1.
    std::vector<double> first(v.begin(), v.begin() + 12), second(v.begin() + 12, v.begin() + 24);
    CHECK(std::is_permutation(first.begin(), first.end(), second.begin()));
    CHECK(std::set<double>(first.begin(), first.end()).size() == 12);

    const PixelCanvas none(target, {4, 3, 2, 5.0, 2}, {1, 7});  // no pixel exceeds 5: all may be drawn
    const std::vector<double> any = none.of(numbers).values<double>();
    CHECK(std::set<double>(any.begin(), any.begin() + 12).size() == 12);
}

TEST_SUITE_END();
