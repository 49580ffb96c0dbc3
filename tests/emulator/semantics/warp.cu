// Threads of a warp: shuffles, votes, matches, reductions, masks, warps that are not full.
#include "engine/gpu.h"
#include "tests/emulator/device_vector.h"
#include "tests/emulator/semantics/semantics.h"

namespace adjoint::gpu {
namespace {
constexpr unsigned whole_warp = 0xffffffffu;
constexpr int lanes = 32;

__global__ void shuffles(int* out, int width, int argument) {
    const int lane = int(threadIdx.x), v = lane * 100 + 7;
    out[lane] = __shfl_sync(whole_warp, v, argument, width);
    out[lanes + lane] = __shfl_up_sync(whole_warp, v, unsigned(argument), width);
    out[2 * lanes + lane] = __shfl_down_sync(whole_warp, v, unsigned(argument), width);
    out[3 * lanes + lane] = __shfl_xor_sync(whole_warp, v, argument, width);
}
std::string shuffles_broken() {
    DeviceVector<int> out(4 * lanes);
    for (int width : {2, 4, 8, 16, 32})
        for (int a : {0, 1, 2, 3, 5, 8, 15, 16, 31}) {
            launch(shuffles, 1, lanes, 0, nullptr, out.data(), width, a);
            std::vector<int> expected(4 * lanes);
            for (int lane = 0; lane < lanes; ++lane) {
                // A segment is `width` lanes; whoever would look beyond its own segment keeps its value.
                const int begin = lane / width * width, end = begin + width, other = lane ^ a;
                expected[size_t(lane)] = (begin + a % width) * 100 + 7;
                expected[size_t(lanes + lane)] = (lane - a >= begin ? lane - a : lane) * 100 + 7;
                expected[size_t(2 * lanes + lane)] = (lane + a < end ? lane + a : lane) * 100 + 7;
                expected[size_t(3 * lanes + lane)] = (other < end ? other : lane) * 100 + 7;
            }
            const std::string wrong = difference(out.to_host(), expected);
            if (!wrong.empty()) return "width " + std::to_string(width) + ", " + std::to_string(a) + ": " + wrong;
        }
    return "";
}

__global__ void shuffle_of_doubles(double* out) {
    out[threadIdx.x] = __shfl_xor_sync(whole_warp, double(threadIdx.x) + 0.25, 3);
}
std::string shuffle_of_doubles_broken() {
    DeviceVector<double> out(lanes);
    launch(shuffle_of_doubles, 1, lanes, 0, nullptr, out.data());
    std::vector<double> expected;
    for (int lane = 0; lane < lanes; ++lane) expected.push_back((lane ^ 3) + 0.25);
    return difference(out.to_host(), expected);
}

__global__ void votes(unsigned* out) {
    const unsigned lane = threadIdx.x;
    out[lane] = __ballot_sync(whole_warp, lane % 3 == 0);
    out[32 + lane] = unsigned(__any_sync(whole_warp, lane == 9));
    out[64 + lane] = unsigned(__all_sync(whole_warp, lane < 32));
    out[96 + lane] = unsigned(__all_sync(whole_warp, lane != 9));
    out[128 + lane] = __match_any_sync(whole_warp, lane / 5);
}
std::string votes_broken() {
    DeviceVector<unsigned> out(160);
    launch(votes, 1, lanes, 0, nullptr, out.data());
    std::vector<unsigned> expected(160, 0u);
    for (unsigned lane = 0; lane < 32; ++lane) {
        for (unsigned other = 0; other < 32; ++other) {
            if (other % 3 == 0) expected[lane] |= 1u << other;
            if (other / 5 == lane / 5) expected[128 + lane] |= 1u << other;
        }
        expected[32 + lane] = expected[64 + lane] = 1;
    }
    return difference(out.to_host(), expected);
}

__global__ void reductions(unsigned* out) {
#if GPU_ARCH_AT_LEAST(800)
    const unsigned lane = threadIdx.x;
    out[lane] = __reduce_add_sync(whole_warp, lane);
    out[32 + lane] = __reduce_max_sync(whole_warp, lane * 7 % 32);
    out[64 + lane] = __reduce_xor_sync(whole_warp, lane * lane);
#else
    out[threadIdx.x] = 0;
#endif
}
std::string reductions_broken() {
    DeviceVector<unsigned> out(96);
    launch(reductions, 1, lanes, 0, nullptr, out.data());
    std::vector<unsigned> expected(96);
    unsigned squares = 0;
    for (unsigned lane = 0; lane < 32; ++lane) squares ^= lane * lane;
    for (unsigned lane = 0; lane < 32; ++lane) {
        expected[lane] = 31 * 16;
        expected[32 + lane] = 31;
        expected[64 + lane] = squares;
    }
    return difference(out.to_host(), expected);
}

// The halves of a warp run different code at the same time, each with its own mask.
__global__ void halves(int* out) {
    const int lane = int(threadIdx.x) % 32;
    int v = int(threadIdx.x);
    if (lane < 16) {
        for (int d = 8; d; d >>= 1) v += __shfl_xor_sync(0x0000ffffu, v, d);
    } else {
        v = __shfl_sync(0xffff0000u, v, 20);
        __syncwarp(0xffff0000u);
        v = -v;
    }
    out[threadIdx.x] = v;
}
std::string halves_broken() {
    DeviceVector<int> out(128);
    launch(halves, 1, 128, 0, nullptr, out.data());
    std::vector<int> expected;
    for (int t = 0; t < 128; ++t) {
        const int first = t / 32 * 32;
        expected.push_back(t % 32 < 16 ? 16 * first + 120 : -(first + 20));
    }
    return difference(out.to_host(), expected);
}

// The last warp is not full, yet the mask names all of its lanes; then some threads leave before a barrier.
__global__ void partial_warp(int* out, int staying) {
    GPU_SHARED(s, int[1024]);
    const int me = int(threadIdx.x), v = __shfl_sync(whole_warp, me, 3);
    out[me] = v;
    if (me >= staying) return;
    s[me] = v + me;
    __syncthreads();
    out[me] = s[staying - 1 - me];
}
std::string partial_warp_broken() {
    for (int n : {48, 1000, 1024}) {
        DeviceVector<int> out{size_t(n)};
        const int staying = n - 5;
        launch(partial_warp, 1, unsigned(n), 0, nullptr, out.data(), staying);
        std::vector<int> expected;
        for (int t = 0; t < n; ++t) {
            const int opposite = staying - 1 - t;
            expected.push_back(t >= staying ? t / 32 * 32 + 3 : opposite / 32 * 32 + 3 + opposite);
        }
        const std::string wrong = difference(out.to_host(), expected);
        if (!wrong.empty()) return std::to_string(n) + " threads: " + wrong;
    }
    return "";
}

}  // namespace

const std::vector<Promise> warp_promises = {
    {"shuffles, every width", shuffles_broken}, {"shuffle of 64-bit values", shuffle_of_doubles_broken},
    {"votes and matches", votes_broken},        {"warp reductions", reductions_broken},
    {"halves of a warp", halves_broken},        {"a warp that is not full", partial_warp_broken},
};

}  // namespace adjoint::gpu
