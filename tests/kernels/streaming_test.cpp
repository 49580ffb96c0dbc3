// Pointwise results streamed past the caches: the same bits as stored ones, wherever the arrays start and end.
#include <doctest/doctest.h>

#include "engine/memory.h"
#include "engine/parallel.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/pointwise/stream.h"

using namespace adjoint;

TEST_SUITE_BEGIN("kernels");

namespace {

struct StreamingLimit {
    explicit StreamingLimit(int64_t bytes) : before(set_streaming_limit(bytes)) {}
    ~StreamingLimit() { set_streaming_limit(before); }
    const int64_t before;
};

template <class T>
void check_streaming(Type type) {
    std::vector<double> numbers(100000);
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = double((i * 7919) % 1000) / 500 - 1;
    Tensor all = Tensor::from(numbers, {int64_t(numbers.size())}).to(type);
    GuardedMemory guards;
    for (int64_t n : {4096, 5003, 16384 + 1, 33333}) {
        // Inputs off by a few elements, rows whose length is no multiple of a vector, and inputs that stay.
        Tensor a = all.slice_of_memory(3, {3, n - 1}), b = all.slice_of_memory(1, {n - 1}), one = all.slice_of_memory(9, {3, 1});
        auto results = [&] {
            return std::vector<Tensor>{exp(a), a * b, a * one, where(greater(a, 0.0), b, one), affine(b, 3, 1)};
        };
        std::vector<Tensor> stored, streamed;
        {
            StreamingLimit never(INT64_MAX);
            stored = results();
        }
        StreamingLimit always(0);
        streamed = results();
        for (size_t k = 0; k < stored.size(); ++k) {
            INFO("result " << k << " of rows of " << n - 1);
            CHECK(stored[k].values<T>() == streamed[k].values<T>());
        }
    }
    CHECK(guards.violations().empty());
}

}  // namespace

TEST_CASE("streamed and stored results have the same bits") {
    check_streaming<float>(Type::float32);
    check_streaming<double>(Type::float64);
}

TEST_SUITE_END();
