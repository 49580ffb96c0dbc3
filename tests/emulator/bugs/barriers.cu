// Mistakes with barriers and with the masks of warp functions.
#include "engine/gpu.h"
#include "tests/emulator/bugs/bugs.h"
#include "tests/emulator/device_vector.h"

namespace adjoint::gpu {
namespace {
constexpr int threads = 64;
std::vector<float> counting_down() {
    const std::vector<float> up = counting(threads);
    return {up.rbegin(), up.rend()};
}
bool wrong(const DeviceVector<float>& got, const std::vector<float>& expected) {
    return !difference(got.to_host(), expected).empty();
}

// The control: nothing is wrong here.
__global__ void no_mistake(float* a) {
    GPU_SHARED(s, float[threads]);
    s[threadIdx.x] = a[threadIdx.x];
    __syncthreads();
    a[threadIdx.x] = s[threads - 1 - threadIdx.x];
}
bool no_mistake_shows() {
    DeviceVector<float> a(counting(threads));
    launch(no_mistake, 1, threads, 0, nullptr, a.data());
    return wrong(a, counting_down());
}

__global__ void missing_before_read(float* a) {
    GPU_SHARED(s, float[threads]);
    s[threadIdx.x] = a[threadIdx.x];
    a[threadIdx.x] = s[threads - 1 - threadIdx.x];
}
bool missing_before_read_shows() {
    DeviceVector<float> a(counting(threads));
    launch(missing_before_read, 1, threads, 0, nullptr, a.data());
    return wrong(a, counting_down());
}

__global__ void missing_before_overwrite(const float* a, float* out, int tiles) {
    GPU_SHARED(s, float[threads]);
    float sum = 0;
    for (int t = 0; t < tiles; ++t) {
        s[threadIdx.x] = a[t * threads + int(threadIdx.x)];
        __syncthreads();
        for (int i = 0; i < threads; ++i) sum += s[i];
        // a barrier is missing: the next tile overwrites what others still read
    }
    out[threadIdx.x] = sum;
}
bool missing_before_overwrite_shows() {
    DeviceVector<float> a(counting(4 * threads)), out(threads);
    launch(missing_before_overwrite, 1, threads, 0, nullptr, a.data(), out.data(), 4);
    return wrong(out, std::vector<float>(threads, 256.f * 255.f / 2.f));
}

__global__ void barriers_of_two_branches(float* a) {
    if (threadIdx.x < 32) {
        a[threadIdx.x] += 1;
        __syncthreads();
    } else {
        a[threadIdx.x] += 2;
        __syncthreads();
    }
}
bool barriers_of_two_branches_shows() {
    DeviceVector<float> a(counting(threads));
    launch(barriers_of_two_branches, 1, threads, 0, nullptr, a.data());
    return false;
}

__global__ void barrier_of_some(float* a) {
    if (threadIdx.x < 40) __syncthreads();
    a[threadIdx.x] = __shfl_sync(0xffffffffu, a[threadIdx.x], 0);
}
bool barrier_of_some_shows() {
    DeviceVector<float> a(counting(threads));
    launch(barrier_of_some, 1, threads, 0, nullptr, a.data());
    return false;
}

// Legal since sm_70, so nothing is reported (ADJOINT_EMULATOR_ALLOW_EARLY_EXIT=0 reports it).
__global__ void leaving_before_a_barrier(float* a, int staying) {
    GPU_SHARED(s, float[threads]);
    if (int(threadIdx.x) >= staying) return;
    s[threadIdx.x] = a[threadIdx.x];
    __syncthreads();
    a[threadIdx.x] = s[staying - 1 - int(threadIdx.x)];
}
bool leaving_before_a_barrier_shows() {
    DeviceVector<float> a(counting(threads));
    launch(leaving_before_a_barrier, 1, threads, 0, nullptr, a.data(), 50);
    return false;
}

__global__ void mask_too_small(float* a) {
    float v = a[threadIdx.x];
    if (threadIdx.x < 16) v = __shfl_xor_sync(0x0000ffffu, v, 16);  // reads from lanes that the mask does not name
    a[threadIdx.x] = v;
}
bool mask_too_small_shows() {
    DeviceVector<float> a(counting(32));
    launch(mask_too_small, 1, 32, 0, nullptr, a.data());
    for (float f : a.to_host())
        if (f != f) return true;
    return false;
}

__global__ void shuffle_of_some(float* a) {
    float v = a[threadIdx.x];
    if (threadIdx.x % 32 != 5) v = __shfl_down_sync(0xffffffffu, v, 1);
    a[threadIdx.x] = v;
}
bool shuffle_of_some_shows() {
    DeviceVector<float> a(counting(threads));
    launch(shuffle_of_some, 1, threads, 0, nullptr, a.data());
    return false;
}

// The lanes of a warp do not run in step: a write must be followed by __syncwarp().
__global__ void missing_syncwarp(float* a) {
    GPU_SHARED(s, volatile float[32]);
    s[threadIdx.x] = a[threadIdx.x];
    if (threadIdx.x < 16) s[threadIdx.x] = s[threadIdx.x] + s[threadIdx.x + 16];
    a[threadIdx.x] = s[threadIdx.x & 15];
}
bool missing_syncwarp_shows() {
    DeviceVector<float> a(counting(32));
    launch(missing_syncwarp, 1, 32, 0, nullptr, a.data());
    std::vector<float> expected;
    for (int i = 0; i < 32; ++i) expected.push_back(float(2 * (i & 15) + 16));
    return wrong(a, expected);
}

constexpr auto nobody = Finder::nobody, result = Finder::result, checks = Finder::checks, race = Finder::race;
}  // namespace

const std::vector<Bug> barrier_bugs = {
    {"no mistake", no_mistake_shows, nobody, nobody, nobody, nobody, nobody},
    {"missing barrier before a read", missing_before_read_shows, result, result, result, result, race},
    {"missing barrier before an overwrite", missing_before_overwrite_shows, result, result, result, result, race},
    {"barriers of two branches", barriers_of_two_branches_shows, checks, checks, checks, checks, checks},
    {"barrier of some threads", barrier_of_some_shows, checks, checks, checks, checks, checks},
    {"leaving before a barrier", leaving_before_a_barrier_shows, nobody, nobody, nobody, nobody, nobody},
    {"mask too small", mask_too_small_shows, result, result, result, result, result},
    {"shuffle of some lanes", shuffle_of_some_shows, checks, checks, checks, checks, checks},
    {"missing syncwarp", missing_syncwarp_shows, result, result, result, result, race},
};

}  // namespace adjoint::gpu
