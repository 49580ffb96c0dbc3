// Runs a fuzz target without libFuzzer: damages its seeds at random, in a sequence that is the same every time.
//
//   fuzz_png [ITERATIONS [SEED]]    (with clang: -fsanitize=fuzzer,address and without this file, for a long campaign)
//
// A crash, a sanitizer's finding, an exception of another kind, or an allocation far beyond the input's size ends it.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <sstream>

#include "engine/memory.h"
#include "engine/philox.h"
#include "tests/io/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

// The inputs have some kilobytes; compression may expand them by 1032.
constexpr size_t largest_allocation = 64 << 20;

using adjoint::Philox;

// Numbers that sizes and counts like to break at.
uint64_t telling_number(const Philox& random, uint64_t& n) {
    constexpr uint64_t telling[] = {0, 1, 2, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 0x7fffffff,
                                    0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000,
                                    0xffffffffffffffff};
    return telling[random.below(n++, std::size(telling))];
}

void damage(std::string& bytes, const Philox& random, uint64_t& n) {
    const size_t at = random.below(n++, bytes.size() + 1);
    const uint64_t length = 1 + random.below(n++, 16);
    switch (random.below(n++, 8)) {
        case 0:  // one bit
            if (at < bytes.size()) bytes[at] = char(bytes[at] ^ 1 << random.below(n++, 8));
            break;
        case 1:  // one byte
            if (at < bytes.size()) bytes[at] = char(random.word(n++));
            break;
        case 2: bytes.erase(at, length); break;
        case 3: bytes.insert(at, std::string(length, char(random.word(n++)))); break;
        case 4: bytes.resize(at); break;
        case 5: {  // a number of 1 to 8 bytes, in either order
            const uint64_t value = telling_number(random, n), width = 1 << random.below(n++, 4),
                           big = random.below(n++, 2);
            for (uint64_t i = 0; i < width && at + i < bytes.size(); ++i)
                bytes[at + i] = char(value >> 8 * (big ? width - 1 - i : i));
            break;
        }
        case 6: {  // a decimal number in place of another, for headers that are text
            size_t first = bytes.find_first_of("0123456789", at);
            if (first == std::string::npos) break;
            const size_t end = std::min(bytes.find_first_not_of("0123456789", first), bytes.size());
            bytes.replace(first, end - first, std::to_string(telling_number(random, n)));
            break;
        }
        case 7: {  // a part copied elsewhere
            const size_t from = random.below(n++, bytes.size() + 1);
            bytes.insert(at, bytes.substr(from, length * 8));
            break;
        }
    }
}

}  // namespace

// Every C++ allocation of the process is watched, those of the reader among them.
void* operator new(size_t size) {
    if (size > largest_allocation) {
        std::fprintf(stderr, "fuzz: an allocation of %zu bytes\n", size);
        std::abort();
    }
    if (void* p = std::malloc(size ? size : 1)) return p;
    throw std::bad_alloc();
}
void* operator new(size_t size, const std::nothrow_t&) noexcept { return operator new(size); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }

std::string reference_file(const std::string& name) {
    std::ifstream file(std::string(ADJOINT_TEST_DATA) + "/io/" + name, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    if (bytes.str().empty()) std::fprintf(stderr, "fuzz: no file %s\n", name.c_str()), std::abort();
    return bytes.str();
}

int main(int argc, char** argv) {
    const int iterations = argc > 1 ? std::atoi(argv[1]) : 20000;
    const Philox random{argc > 2 ? uint64_t(std::atoll(argv[2])) : 1, 0};
    adjoint::set_memory_limit(adjoint::Device::cpu, largest_allocation);
    const std::vector<std::string> seeds = fuzz_seeds();
    uint64_t n = 0;
    for (int i = 0; i < iterations; ++i) {
        std::string bytes = seeds[size_t(i) % seeds.size()];
        for (uint64_t k = random.below(n++, 5) + (i >= int(seeds.size())); k > 0; --k) damage(bytes, random, n);
        // A copy of exactly this size, so that the address sanitizer sees a step beyond it.
        const std::vector<uint8_t> exact(bytes.begin(), bytes.end());
        LLVMFuzzerTestOneInput(exact.data(), exact.size());
    }
    std::printf("%d damaged inputs refused or read\n", iterations);
}
