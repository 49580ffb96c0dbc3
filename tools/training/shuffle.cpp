#include "tools/training/shuffle.h"

#include <numeric>

#include "engine/error.h"
#include "engine/philox.h"

namespace adjoint {

namespace {

constexpr uint64_t shuffle_stream = 0x73687566;  // "shuf": no other part of a run draws from this stream

}  // namespace

std::vector<int64_t> permutation(uint64_t seed, int64_t epoch, int64_t count) {
    const Philox random{seed, shuffle_stream};
    std::vector<int64_t> order(static_cast<size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    for (int64_t i = count - 1; i > 0; --i)
        std::swap(order[size_t(i)], order[random.below(uint64_t(epoch * count + i), uint64_t(i + 1))]);
    return order;
}

Order::Order(int64_t count, int64_t batch, uint64_t seed, bool shuffled)
    : count_(count), batch_(batch), seed_(seed), shuffled_(shuffled) {
    if (count < 1 || batch < 1)
        fail(ExitCode::usage, "batches of " + std::to_string(batch) + " out of " + std::to_string(count) + " examples",
             "there must be at least one", "check the list of files and the size of the batches");
}

std::vector<Order::Item> Order::pass(int64_t position) const {
    std::vector<Item> items;
    std::vector<int64_t> order;
    int64_t epoch_of_order = -1;
    for (int64_t k = position * batch_; k < (position + 1) * batch_; ++k) {
        const int64_t epoch = k / count_;
        if (shuffled_ && epoch != epoch_of_order) order = permutation(seed_, epoch, count_), epoch_of_order = epoch;
        items.push_back({shuffled_ ? order[size_t(k % count_)] : k % count_, epoch});
    }
    return items;
}

Place Order::place(int64_t position) const {
    const int64_t seen = position * batch_;
    return {{"examples", count_}, {"batch", batch_}, {"epoch", seen / count_}, {"position", seen % count_}};
}

}  // namespace adjoint
