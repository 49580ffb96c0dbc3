// Accesses out of bounds, of memory that nobody wrote, of the wrong memory, and launches that cannot be.
#include "engine/gpu.h"
#include "tests/emulator/bugs/bugs.h"
#include "tests/emulator/device_vector.h"

namespace adjoint::gpu {
namespace {
constexpr int threads = 64;

__global__ void past_static_shared(float* a) {
    GPU_SHARED(s, float[threads]);
    s[threadIdx.x + 1] = a[threadIdx.x];
    __syncthreads();
    a[threadIdx.x] = s[threadIdx.x];
}
bool past_static_shared_shows() {
    DeviceVector<float> a(counting(threads));
    launch(past_static_shared, 1, threads, 0, nullptr, a.data());
    return false;
}

__global__ void past_dynamic_shared(float* a) {
    GPU_DYN_SHARED(float, s);
    s[threadIdx.x + 1] = a[threadIdx.x];
    __syncthreads();
    a[threadIdx.x] = s[threadIdx.x];
}
bool past_dynamic_shared_shows() {
    DeviceVector<float> a(counting(threads));
    launch(past_dynamic_shared, 1, threads, threads * sizeof(float), nullptr, a.data());
    return false;
}

// Row 0 runs over into row 1 of the same array.
__global__ void past_a_row(float* a) {
    GPU_SHARED(s, float[2][32]);
    s[0][threadIdx.x] = a[threadIdx.x];
    __syncthreads();
    a[threadIdx.x] = s[1][threadIdx.x & 31];
}
bool past_a_row_shows() {
    DeviceVector<float> a(counting(threads));
    launch(past_a_row, 1, threads, 0, nullptr, a.data());
    return false;
}

__global__ void past_an_array(float* a, int n) {
    if (int(threadIdx.x) <= n) a[threadIdx.x] = 1;
}
bool past_an_array_shows() {
    DeviceVector<float> a(60);
    launch(past_an_array, 1, threads, 0, nullptr, a.data(), 60);
    return false;
}

__global__ void fill_shared(float* a) {
    GPU_SHARED(s, float[threads]);
    s[threadIdx.x] = a[threadIdx.x];
    __syncthreads();
    a[threadIdx.x] = s[threadIdx.x];
}
__global__ void unwritten_shared(float* a) {
    GPU_SHARED(s, float[threads]);
    if (threadIdx.x != 7) s[threadIdx.x] = a[threadIdx.x];
    __syncthreads();
    a[threadIdx.x] = s[threadIdx.x];
}
// A kernel before it has left the right numbers in that very shared memory, as happens on a GPU.
bool unwritten_shared_shows() {
    DeviceVector<float> a(counting(threads));
    launch(fill_shared, 1, threads, 0, nullptr, a.data());
    launch(unwritten_shared, 1, threads, 0, nullptr, a.data());
    return !difference(a.to_host(), counting(threads)).empty();
}

__global__ void copy(const float* from, float* to) { to[threadIdx.x] = from[threadIdx.x]; }
bool unwritten_array_shows() {
    DeviceVector<float> from(threads), to(threads);
    launch(copy, 1, threads, 0, nullptr, from.data(), to.data());
    for (float f : to.to_host())
        if (f != f) return true;
    return false;
}

__global__ void misaligned_vector(const float* a, float* out) {
    const float4 v = *reinterpret_cast<const float4*>(a + 1 + threadIdx.x * 4);
    out[threadIdx.x] = v.x + v.y + v.z + v.w;
}
bool misaligned_vector_shows() {
    DeviceVector<float> a(counting(132)), out(32);
    launch(misaligned_vector, 1, 32, 0, nullptr, a.data(), out.data());
    return false;
}

__global__ void set(float* a) { a[threadIdx.x] = 1; }
bool host_pointer_shows() {
    DeviceVector<float> device(threads);
    std::vector<float> host(threads);
    launch(set, 1, threads, 0, nullptr, host.data());
    return false;
}
bool host_reads_device_shows() {
    DeviceVector<float> a(counting(threads));
    const volatile float* p = a.data();
    return p[3] != 3;
}
bool block_too_large_shows() {
    DeviceVector<float> a(2048);
    launch(set, 1, 2048, 0, nullptr, a.data());
    return false;
}
bool too_much_shared_shows() {
    DeviceVector<float> a(threads);
    launch(set, 1, threads, 512 * 1024, nullptr, a.data());
    return false;
}

constexpr auto nobody = Finder::nobody, result = Finder::result, checks = Finder::checks, address = Finder::address,
               undefined = Finder::undefined;
}  // namespace

const std::vector<Bug> bounds_bugs = {
    {"past static shared memory", past_static_shared_shows, checks, checks, checks, undefined, checks},
    {"past dynamic shared memory", past_dynamic_shared_shows, checks, checks, checks, address, checks},
    {"past a row of shared memory", past_a_row_shows, nobody, nobody, nobody, undefined, nobody},
    {"past an array", past_an_array_shows, checks, checks, checks, address, checks},
    {"unwritten shared memory", unwritten_shared_shows, result, result, result, result, result},
    {"unwritten array", unwritten_array_shows, result, result, result, result, result},
    {"misaligned vector", misaligned_vector_shows, nobody, nobody, nobody, undefined, nobody},
    {"host pointer", host_pointer_shows, checks, checks, checks, checks, checks},
    {"host reads device memory", host_reads_device_shows, nobody, nobody, nobody, address, nobody},
    {"block too large", block_too_large_shows, checks, checks, checks, checks, checks},
    {"too much shared memory", too_much_shared_shows, checks, checks, checks, checks, checks},
};

}  // namespace adjoint::gpu
