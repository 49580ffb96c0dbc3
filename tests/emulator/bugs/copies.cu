// Mistakes with asynchronous copies: the hardware may copy at any time between the issue and the end of the wait.
#include "engine/gpu.h"
#include "tests/emulator/bugs/bugs.h"
#include "tests/emulator/device_vector.h"

namespace adjoint::gpu {
namespace {

__global__ void read_before_wait(const float* a, float* out) {
    GPU_SHARED(s, float[128]);
    cp_async16(&s[threadIdx.x * 4], &a[threadIdx.x * 4], true);
    cp_async_commit();
    __syncthreads();
    out[threadIdx.x] = s[127 - threadIdx.x];  // the wait should stand before this line
    cp_async_wait<0>();
}
bool read_before_wait_shows() {
    DeviceVector<float> a(counting(128)), out(32);
    launch(read_before_wait, 1, 32, 0, nullptr, a.data(), out.data());
    std::vector<float> expected;
    for (int t = 0; t < 32; ++t) expected.push_back(float(127 - t));
    return !difference(out.to_host(), expected).empty();
}

// The copy goes to a buffer from which other threads still read.
__global__ void issued_too_early(const float* a, float* out) {
    GPU_SHARED(s, float[128]);
    const int t = int(threadIdx.x);
    for (int i = 0; i < 4; ++i) s[t * 4 + i] = float(t * 4 + i);
    __syncthreads();
    const float v = s[127 - t];
    cp_async16(&s[t * 4], &a[t * 4], true);  // a barrier should stand before this line
    cp_async_commit();
    __syncthreads();
    cp_async_wait<0>();
    __syncthreads();
    out[t] = v + s[t];
}
bool issued_too_early_shows() {
    DeviceVector<float> a(counting(128)), out(32);
    launch(issued_too_early, 1, 32, 0, nullptr, a.data(), out.data());
    return !difference(out.to_host(), std::vector<float>(32, 127.f)).empty();
}

constexpr auto result = Finder::result, race = Finder::race;
}  // namespace

const std::vector<Bug> copy_bugs = {
    {"read before the wait", read_before_wait_shows, result, result, result, result, race},
    {"copy issued too early", issued_too_early_shows, result, result, result, result, race},
};

}  // namespace adjoint::gpu
