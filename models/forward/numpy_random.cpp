#include "models/forward/numpy_random.h"

#include <algorithm>

#include "engine/error.h"

namespace adjoint {

NumpyRandom::NumpyRandom(uint32_t seed) {
    state_[0] = seed;
    for (uint32_t i = 1; i < 624; ++i) state_[i] = 1812433253u * (state_[i - 1] ^ state_[i - 1] >> 30) + i;
}

NumpyRandom::NumpyRandom(const std::vector<uint32_t>& key) : NumpyRandom(19650218u) {
    if (key.empty()) fail(ExitCode::usage, "a random generator", "its key is empty");
    size_t i = 1, j = 0;
    auto mixed = [&](uint32_t factor) { return state_[i] ^ (state_[i - 1] ^ state_[i - 1] >> 30) * factor; };
    auto step = [&] {
        if (++i == 624) {
            state_[0] = state_[623];
            i = 1;
        }
    };
    for (size_t k = std::max<size_t>(624, key.size()); k > 0; --k) {
        state_[i] = mixed(1664525u) + key[j] + uint32_t(j);
        step();
        if (++j == key.size()) j = 0;
    }
    for (size_t k = 623; k > 0; --k) {
        state_[i] = mixed(1566083941u) - uint32_t(i);
        step();
    }
    state_[0] = 0x80000000u;
}

NumpyRandom NumpyRandom::of_name(const std::string& name) {
    std::vector<uint32_t> key;
    for (char c : name) key.push_back(static_cast<unsigned char>(c));
    return NumpyRandom(key);
}

void NumpyRandom::refill() {
    for (size_t i = 0; i < 624; ++i) {
        const uint32_t y = (state_[i] & 0x80000000u) | (state_[(i + 1) % 624] & 0x7fffffffu);
        state_[i] = state_[(i + 397) % 624] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0u);
    }
    next_ = 0;
}

uint32_t NumpyRandom::word() {
    if (next_ == 624) refill();
    uint32_t y = state_[size_t(next_++)];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

double NumpyRandom::uniform() {
    const uint32_t a = word() >> 5, b = word() >> 6;
    return (double(a) * 67108864.0 + double(b)) / 9007199254740992.0;
}

int64_t NumpyRandom::below(int64_t bound) {
    if (bound < 1 || bound > int64_t(1) << 32)
        fail(ExitCode::usage, "a random number below " + std::to_string(bound), "the bound must be 1 to 2^32");
    const uint32_t largest = uint32_t(bound - 1);
    if (largest == 0) return 0;
    uint32_t mask = largest;
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    uint32_t value = word() & mask;
    while (value > largest) value = word() & mask;
    return int64_t(value);
}

}  // namespace adjoint
