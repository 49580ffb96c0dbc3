// Threads of a block and of a grid: indices, votes at a barrier, named barriers, shared memory.
#include "engine/gpu.h"
#include "tests/emulator/device_vector.h"
#include "tests/emulator/semantics/semantics.h"

namespace adjoint::gpu {
namespace {

__global__ void indices(int* out) {
    const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
    const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    out[block * blockDim.x * blockDim.y * blockDim.z + thread] =
        int(threadIdx.x + 10 * threadIdx.y + 100 * threadIdx.z + 1000 * blockIdx.x + 10000 * blockIdx.y +
            100000 * blockIdx.z);
}
std::string indices_broken() {
    DeviceVector<int> out(3 * 2 * 2 * 5 * 4 * 3);
    launch(indices, dim3(3, 2, 2), dim3(5, 4, 3), 0, nullptr, out.data());
    std::vector<int> expected;
    for (int block = 0; block < 12; ++block)
        for (int thread = 0; thread < 60; ++thread)
            expected.push_back(thread % 5 + 10 * (thread / 5 % 4) + 100 * (thread / 20) + 1000 * (block % 3) +
                               10000 * (block / 3 % 2) + 100000 * (block / 6));
    return difference(out.to_host(), expected);
}

__global__ void votes_at_barriers(int* out) {
    const int t = int(threadIdx.x);
    out[t] = __syncthreads_count(t % 5 == 0);
    out[96 + t] = __syncthreads_and(t < 95);
    out[192 + t] = __syncthreads_or(t == 50);
}
std::string votes_at_barriers_broken() {
    DeviceVector<int> out(288);
    launch(votes_at_barriers, 1, 96, 0, nullptr, out.data());
    std::vector<int> expected(288);
    for (size_t t = 0; t < 96; ++t) {
        expected[t] = 20;
        expected[96 + t] = 0;
        expected[192 + t] = 1;
    }
    // "true" is any value but zero
    std::vector<int> got = out.to_host();
    for (size_t t = 96; t < 288; ++t) got[t] = got[t] != 0;
    return difference(got, expected);
}

// Warp 0 produces and warp 1 consumes, through two slots guarded by named barriers 1, 2 (full) and 3, 4 (free).
__global__ void producer_consumer(int* out, int rounds) {
    GPU_SHARED(slot, int[2][32]);
    const int warp = int(threadIdx.x) / 32, lane = int(threadIdx.x) % 32;
    for (int i = 0; i < rounds; ++i) {
        const int s = i & 1;
        if (warp == 0) {
            if (i >= 2) named_barrier_sync(3 + s, 64);
            slot[s][lane] = i * 1000 + lane;
            named_barrier_arrive(1 + s, 64);
        } else {
            named_barrier_sync(1 + s, 64);
            out[i * 32 + lane] = slot[s][31 - lane];
            if (i + 2 < rounds) named_barrier_arrive(3 + s, 64);
        }
    }
}
std::string producer_consumer_broken() {
    constexpr int rounds = 7;
    DeviceVector<int> out(rounds * 32);
    launch(producer_consumer, 1, 64, 0, nullptr, out.data(), rounds);
    std::vector<int> expected;
    for (int i = 0; i < rounds; ++i)
        for (int lane = 0; lane < 32; ++lane) expected.push_back(i * 1000 + 31 - lane);
    return difference(out.to_host(), expected);
}

// Dynamic and static shared memory side by side, and their alignment (128 and 16 bytes).
__global__ void shared_memory(int* out) {
    GPU_DYN_SHARED(int, dynamic);
    GPU_SHARED(fixed, int[33]);
    const int t = int(threadIdx.x);
    if (t < 33) fixed[t] = t * 3;
    dynamic[t] = t;
    __syncthreads();
    out[t] = dynamic[63 - t] + fixed[t % 33];
    if (t == 0) out[64] = int(reinterpret_cast<size_t>(dynamic) % 128 + reinterpret_cast<size_t>(&fixed[0]) % 16);
}
std::string shared_memory_broken() {
    DeviceVector<int> out(65);
    launch(shared_memory, 1, 64, 64 * sizeof(int), nullptr, out.data());
    std::vector<int> expected(65);
    for (int t = 0; t < 64; ++t) expected[size_t(t)] = 63 - t + t % 33 * 3;
    return difference(out.to_host(), expected);
}

// More dynamic shared memory than a kernel gets without asking (48 KiB).
__global__ void much_shared_memory(int* out, int count) {
    GPU_DYN_SHARED(int, s);
    for (int i = int(threadIdx.x); i < count; i += int(blockDim.x)) s[i] = i;
    __syncthreads();
    out[threadIdx.x] = s[count - 1 - int(threadIdx.x)];
}
std::string much_shared_memory_broken() {
    constexpr int count = 60 * 1024 / sizeof(int);
    DeviceVector<int> out(64);
    launch(much_shared_memory, 1, 64, count * sizeof(int), nullptr, out.data(), count);
    std::vector<int> expected;
    for (int t = 0; t < 64; ++t) expected.push_back(count - 1 - t);
    return difference(out.to_host(), expected);
}

}  // namespace

const std::vector<Promise> block_promises = {
    {"indices in three dimensions", indices_broken},
    {"votes at a barrier", votes_at_barriers_broken},
    {"named barriers", producer_consumer_broken},
    {"static and dynamic shared memory", shared_memory_broken},
    {"60 KiB of shared memory", much_shared_memory_broken},
};

}  // namespace adjoint::gpu
