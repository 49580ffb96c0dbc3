// Races that no barrier of a block could mend, or that do not change the result.
#include "engine/gpu.h"
#include "tests/emulator/bugs/bugs.h"
#include "tests/emulator/device_vector.h"

namespace adjoint::gpu {
namespace {
constexpr int threads = 64;

__global__ void sum_without_atomics(float* out) { *out += 1.0f; }
bool sum_without_atomics_shows() {
    DeviceVector<float> out(1);
    out.clear();
    launch(sum_without_atomics, 1, threads, 0, nullptr, out.data());
    return out.to_host()[0] != threads;
}

// Each block needs the result of the block before it.
__global__ void order_of_blocks(float* a) {
    if (threadIdx.x == 0) a[blockIdx.x + 1] = a[blockIdx.x] + 1;
}
bool order_of_blocks_shows() {
    DeviceVector<float> a(33);
    a.clear();
    launch(order_of_blocks, 32, 32, 0, nullptr, a.data());
    return a.to_host()[32] != 32;
}

__global__ void counter_of_blocks(int* count) {
    if (threadIdx.x == 0) {
        const int seen = *count;
        *count = seen + 1;
    }
}
bool counter_of_blocks_shows() {
    DeviceVector<int> count(1);
    count.clear();
    launch(counter_of_blocks, 32, 32, 0, nullptr, count.data());
    return count.to_host()[0] != 32;
}

// Everybody writes the same value: the result is right in any order, and still it is a race.
__global__ void same_value(float* a) {
    GPU_SHARED(s, float[1]);
    s[0] = 5;
    __syncthreads();
    a[threadIdx.x] = s[0];
}
bool same_value_shows() {
    DeviceVector<float> a(threads);
    launch(same_value, 1, threads, 0, nullptr, a.data());
    return !difference(a.to_host(), std::vector<float>(threads, 5.f)).empty();
}

constexpr auto nobody = Finder::nobody, result = Finder::result, race = Finder::race;
}  // namespace

const std::vector<Bug> race_bugs = {
    {"sum without atomics", sum_without_atomics_shows, nobody, nobody, nobody, nobody, race},
    {"order of blocks", order_of_blocks_shows, nobody, result, result, nobody, race},
    {"counter shared by blocks", counter_of_blocks_shows, nobody, nobody, nobody, nobody, race},
    {"same value written by all", same_value_shows, nobody, nobody, nobody, nobody, race},
};

}  // namespace adjoint::gpu
