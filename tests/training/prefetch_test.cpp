// Values made in the background: the same as without, whatever the jumps, with their errors where they belong.
#include <doctest/doctest.h>

#include <atomic>

#include "engine/error.h"
#include "engine/philox.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "tools/training/prefetch.h"

using namespace adjoint;

namespace {

Tensor noise(int64_t position) {
    std::vector<float> values(5000);
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = float(Philox{uint64_t(position), 1}.uniform(i));
    return sum(sin(Tensor::from(values, {5000})));
}

}  // namespace

TEST_SUITE_BEGIN("training");

TEST_CASE("prefetched values are those made on demand, also after jumps, while the user computes too") {
    const int64_t asked[] = {0, 1, 2, 3, 10, 11, 4, 4, 5, 6, 0};
    for (int ahead : {0, 1, 3}) {
        Prefetch<Tensor> prefetch(noise, ahead);
        for (int64_t position : asked) {
            const double found = prefetch.get(position).item();
            CHECK(found == noise(position).item());
        }
    }
}

TEST_CASE("no more is made ahead than was asked for") {
    std::atomic<int64_t> made{0};
    {
        Prefetch<int64_t> prefetch([&](int64_t p) { return ++made, p; }, 2);
        for (int64_t p = 0; p < 50; ++p) {
            CHECK(prefetch.get(p) == p);
            CHECK(made <= p + 1 + 3);  // those that wait and the one in the making
        }
    }
    CHECK(made >= 50);
}

TEST_CASE("an error comes when its position is asked for, and not before") {
    auto make = [](int64_t p) {
        if (p == 2) fail(ExitCode::invalid_input, "reading slice 2", "the file is cut off");
        return p;
    };
    for (int ahead : {0, 2}) {
        Prefetch<int64_t> prefetch(make, ahead);
        CHECK(prefetch.get(0) == 0);
        CHECK(prefetch.get(1) == 1);
        CHECK_THROWS_WITH(prefetch.get(2), doctest::Contains("the file is cut off"));
        CHECK(prefetch.get(3) == 3);
    }
}

TEST_CASE("work in the background leaves the threads to the foreground") {
    std::atomic<int> threads_seen{0};
    Prefetch<int> prefetch(
        [&](int64_t) {
            const auto self = std::this_thread::get_id();
            parallel_for(64, 1, [&](int64_t, int64_t) {
                if (std::this_thread::get_id() != self) ++threads_seen;
            });
            return 1;
        },
        1);
    for (int64_t p = 0; p < 20; ++p) CHECK(prefetch.get(p) == 1);
    CHECK(threads_seen == 0);
}
