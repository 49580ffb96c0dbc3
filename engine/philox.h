// Philox4x32-10, a counter-based generator: the n-th number of a stream is a pure function of (seed, stream, n), so any
// part of a sequence can be drawn on any thread or device. Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy
// as 1, 2, 3", SC 2011.
#pragma once
#include <cmath>
#include <cstdint>

namespace adjoint {

struct Philox {
    uint64_t seed = 0;
    uint64_t stream = 0;  // independent sequences of one seed: initialisation, shuffling, noise, …

    struct Block {
        uint32_t word[4];
    };
    // The four 32-bit words number 4·n … 4·n+3 of the stream.
    Block block(uint64_t n) const {
        uint32_t a = uint32_t(n), b = uint32_t(n >> 32), c = uint32_t(stream), d = uint32_t(stream >> 32);
        uint32_t k0 = uint32_t(seed), k1 = uint32_t(seed >> 32);
        for (int round = 0; round < 10; ++round) {
            const uint64_t p0 = uint64_t(0xD2511F53u) * a, p1 = uint64_t(0xCD9E8D57u) * c;
            a = uint32_t(p1 >> 32) ^ b ^ k0, b = uint32_t(p1);
            c = uint32_t(p0 >> 32) ^ d ^ k1, d = uint32_t(p0);
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        return {{a, b, c, d}};
    }
    uint32_t word(uint64_t n) const { return block(n / 4).word[n % 4]; }
    uint64_t word64(uint64_t n) const {
        Block b = block(n / 2);
        return n % 2 ? uint64_t(b.word[3]) << 32 | b.word[2] : uint64_t(b.word[1]) << 32 | b.word[0];
    }
    // The n-th number uniform in [0, 1), with 53 random bits.
    double uniform(uint64_t n) const { return double(word64(n) >> 11) * 0x1p-53; }
    double uniform(uint64_t n, double low, double high) const { return low + (high - low) * uniform(n); }
    // The n-th standard normal number (Box–Muller on uniforms 2n and 2n+1).
    double normal(uint64_t n) const {
        double u = 1 - uniform(2 * n), v = uniform(2 * n + 1);
        return std::sqrt(-2 * std::log(u)) * std::cos(6.283185307179586477 * v);
    }
    // The n-th integer uniform in [0, bound), without modulo bias beyond 2^-64·bound.
    uint64_t below(uint64_t n, uint64_t bound) const {
        return uint64_t((unsigned __int128)(word64(n)) * bound >> 64);
    }
};

}  // namespace adjoint
