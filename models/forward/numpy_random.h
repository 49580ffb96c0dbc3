// NumPy's RandomState, as far as published sampling masks need it: the same seed gives the same numbers.
//
// The generator is the Mersenne Twister MT19937 (Matsumoto, Nishimura: ACM TOMACS 8, 1998). NumPy keeps this stream
// unchanged for ever ("legacy generator"), so masks drawn by published code can be drawn again.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace adjoint {

class NumpyRandom {
public:
    explicit NumpyRandom(uint32_t seed);                          // RandomState(seed)
    explicit NumpyRandom(const std::vector<uint32_t>& key);       // RandomState((k0, k1, …)); errors: an empty key
    // RandomState(tuple(map(ord, name))): how fastMRI seeds the mask of a validation file. name: ASCII.
    static NumpyRandom of_name(const std::string& name);

    uint32_t word();               // the next 32 bits
    double uniform();              // in [0, 1), 53 bits from two words
    int64_t below(int64_t bound);  // randint(0, bound): masked rejection; a bound of 1 takes nothing from the stream

private:
    void refill();
    std::array<uint32_t, 624> state_;
    int next_ = 624;
};

}  // namespace adjoint
