// The order in which a run sees its examples: a new random one in every epoch, and a pure function of the seed and the
// position, so that a run can be resumed anywhere.
#pragma once
#include <cstdint>
#include <vector>

#include "tools/training/checkpoint.h"

namespace adjoint {

// The numbers 0 … count − 1 in random order: Fisher–Yates with the numbers number epoch·count … of a Philox stream.
std::vector<int64_t> permutation(uint64_t seed, int64_t epoch, int64_t count);

// Examples follow each other without end, epoch after epoch; pass number p sees the examples p·batch … (p + 1)·batch − 1
// of this sequence. So every example is seen exactly once in an epoch and every batch is full (one may reach into the
// next epoch), and accumulating k passes of m examples sees the same ones as passes of k·m.
class Order {
public:
    // Errors (usage): a count or a batch below 1.
    Order(int64_t count, int64_t batch, uint64_t seed, bool shuffled = true);

    struct Item {
        int64_t example = 0, epoch = 0;
    };
    std::vector<Item> pass(int64_t position) const;
    Place place(int64_t position) const;  // {"examples", "batch", "epoch", "position"}
    int64_t passes_per_epoch() const { return (count_ + batch_ - 1) / batch_; }

private:
    int64_t count_, batch_;
    uint64_t seed_;
    bool shuffled_;
};

}  // namespace adjoint
