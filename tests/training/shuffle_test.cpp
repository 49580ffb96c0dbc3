// The order of the examples: every one once an epoch, another order in every epoch, a function of seed and position.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "engine/error.h"
#include "tools/training/shuffle.h"

using namespace adjoint;

TEST_SUITE_BEGIN("training");

TEST_CASE("a permutation holds every number once; epochs and seeds differ") {
    for (int64_t count : {1, 2, 7, 100}) {
        std::vector<int64_t> sorted = permutation(3, 5, count);
        std::sort(sorted.begin(), sorted.end());
        for (int64_t i = 0; i < count; ++i) CHECK(sorted[size_t(i)] == i);
    }
    CHECK(permutation(3, 5, 100) == permutation(3, 5, 100));
    CHECK(permutation(3, 5, 100) != permutation(3, 6, 100));
    CHECK(permutation(3, 5, 100) != permutation(4, 5, 100));
}

TEST_CASE("permutations of three are all equally frequent") {
    std::map<std::vector<int64_t>, int> times;
    const int epochs = 6000;
    for (int epoch = 0; epoch < epochs; ++epoch) ++times[permutation(1, epoch, 3)];
    REQUIRE(times.size() == 6);
    // Binomial with n = 6000 and p = 1/6: σ = 29; five of them.
    for (const auto& [order, n] : times) CHECK(std::abs(n - epochs / 6) < 145);
}

TEST_CASE("an epoch shows every example once, whatever the batch; batches are always full") {
    const int64_t count = 10;
    for (int64_t batch : {1, 3, 4, 10, 25}) {
        const Order order(count, batch, 7);
        std::vector<std::multiset<int64_t>> seen(8);
        for (int64_t p = 0; p * batch < 8 * count; ++p) {
            const auto items = order.pass(p);
            CHECK(int64_t(items.size()) == batch);
            for (const auto& item : items)
                if (item.epoch < 8) seen[size_t(item.epoch)].insert(item.example);
        }
        for (const auto& epoch : seen) {
            CHECK(epoch.size() == size_t(count));
            CHECK(std::set<int64_t>(epoch.begin(), epoch.end()).size() == size_t(count));
        }
    }
}

TEST_CASE("small batches see the same examples as large ones, in the same order") {
    const Order large(10, 6, 7), small(10, 2, 7);
    for (int64_t p = 0; p < 7; ++p) {
        const auto all = large.pass(p);
        for (int64_t k = 0; k < 3; ++k) {
            const auto some = small.pass(3 * p + k);
            for (size_t i = 0; i < 2; ++i) {
                CHECK(some[i].example == all[size_t(2 * k) + i].example);
                CHECK(some[i].epoch == all[size_t(2 * k) + i].epoch);
            }
        }
    }
}

TEST_CASE("without shuffling the order is that of the list; the place names where a pass begins") {
    const Order order(5, 3, 7, false);
    const auto items = order.pass(1);
    CHECK(items[0].example == 3);
    CHECK(items[1].example == 4);
    CHECK(items[2].example == 0);
    CHECK(items[2].epoch == 1);
    CHECK(order.place(2) == Place{{"examples", 5}, {"batch", 3}, {"epoch", 1}, {"position", 1}});
    CHECK(order.passes_per_epoch() == 2);
    CHECK_THROWS_WITH(Order(0, 3, 7), doctest::Contains("batches of 3 out of 0 examples"));
}
