// Memory: atomics, asynchronous copies, constants, and "write, fence, count, the last block reads".
#include <algorithm>

#include "engine/gpu.h"
#include "tests/emulator/device_vector.h"
#include "tests/emulator/semantics/semantics.h"

namespace adjoint::gpu {
namespace {

__global__ void atomics(int* i, unsigned* u, float* f, unsigned long long* wide) {
    const int t = int(blockIdx.x * blockDim.x + threadIdx.x);
    atomicAdd(&i[0], t);
    atomicSub(&i[1], 1);
    atomicMin(&i[2], -t);
    atomicMax(&i[3], t);
    atomicOr(&i[4], 1 << (t % 8));
    atomicAnd(&i[5], ~(1 << (t % 8)));
    atomicXor(&i[6], t);
    atomicInc(&u[0], 99u);
    atomicDec(&u[1], 99u);
    atomicExch(&u[2], 5u);
    atomicAdd(&f[0], 0.5f);
    atomicAdd(&wide[0], 1ull << 33);
    int* bits = reinterpret_cast<int*>(&f[1]);  // the largest float, by compare and swap
    int old = atomic_load(bits);
    while (__int_as_float(old) < float(t)) {
        const int seen = atomicCAS(bits, old, __float_as_int(float(t)));
        if (seen == old) break;
        old = seen;
    }
}
std::string atomics_broken() {
    DeviceVector<int> i(std::vector<int>{0, 0, 0, 0, 0, -1, 0});
    DeviceVector<unsigned> u(3);
    DeviceVector<float> f(2);
    DeviceVector<unsigned long long> wide(1);
    u.clear();
    f.clear();
    wide.clear();
    launch(atomics, 4, 64, 0, nullptr, i.data(), u.data(), f.data(), wide.data());
    return difference(i.to_host(), {255 * 128, -256, -255, 255, 255, -256, 0}) + difference(u.to_host(), {56, 44, 5}) +
           difference(f.to_host(), {128.f, 255.f}) + difference(wide.to_host(), {256ull << 33});
}

__global__ void last_block_sums(const float* x, float* partial, unsigned* counter, float* out) {
    GPU_SHARED(is_last, bool[1]);
    if (threadIdx.x == 0) {
        float sum = 0;
        for (int i = 0; i < 32; ++i) sum += x[blockIdx.x * 32 + unsigned(i)];
        partial[blockIdx.x] = sum;
        __threadfence();
        is_last[0] = atomicAdd(counter, 1u) == gridDim.x - 1;
        if (is_last[0]) __threadfence();
    }
    __syncthreads();
    if (is_last[0] && threadIdx.x == 0) {
        float sum = 0;
        for (unsigned b = 0; b < gridDim.x; ++b) sum += partial[b];
        *out = sum;
    }
}
std::string last_block_sums_broken() {
    DeviceVector<float> x(counting(8 * 32)), partial(8), out(1);
    DeviceVector<unsigned> counter(1);
    counter.clear();
    launch(last_block_sums, 8, 32, 0, nullptr, x.data(), partial.data(), counter.data(), out.data());
    return difference(out.to_host(), {255.f * 128.f});
}

// Groups of copies end in order; a copy that is switched off writes zeros.
__global__ void asynchronous_copies(const float* x, float* out) {
    GPU_SHARED(s, float[2][128]);
    const int t = int(threadIdx.x);
    cp_async16(&s[0][t * 4], &x[t * 4], true);
    cp_async_commit();
    cp_async16(&s[1][t * 4], &x[t * 4], t % 2 == 0);
    cp_async_commit();
    cp_async_wait<1>();
    __syncthreads();
    const float first = s[0][127 - t];
    cp_async_wait<0>();
    __syncthreads();
    out[t] = first + 1000 * s[1][127 - t];
}
std::string asynchronous_copies_broken() {
    DeviceVector<float> x(counting(128)), out(32);
    launch(asynchronous_copies, 1, 32, 0, nullptr, x.data(), out.data());
    std::vector<float> expected;
    for (int t = 0; t < 32; ++t) {
        const int from = 127 - t;
        expected.push_back(float(from) + (from / 4 % 2 == 0 ? 1000.f * float(from) : 0.f));
    }
    return difference(out.to_host(), expected);
}

__constant__ float table[9];
__global__ void constants(float* out) {
    if (threadIdx.x < 9) out[threadIdx.x] = table[8 - threadIdx.x];
}
std::string constants_broken() {
    std::vector<float> values = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    check(int(cudaMemcpyToSymbol(table, values.data(), sizeof(float) * 9)), "cudaMemcpyToSymbol");
    DeviceVector<float> out(9);
    launch(constants, 1, 32, 0, nullptr, out.data());
    std::reverse(values.begin(), values.end());
    return difference(out.to_host(), values);
}

std::string copies_broken() {
    DeviceVector<float> a(counting(100)), b(100);
    copy_device_to_device(b.data(), a.data() + 50, 50 * sizeof(float));
    fill(b.data() + 50, 0, 50 * sizeof(float));
    synchronise();
    std::vector<float> expected(100);
    for (int i = 0; i < 50; ++i) expected[size_t(i)] = float(50 + i);
    return difference(b.to_host(), expected);
}

}  // namespace

const std::vector<Promise> memory_promises = {
    {"atomics", atomics_broken},
    {"the last block adds up", last_block_sums_broken},
    {"asynchronous copies", asynchronous_copies_broken},
    {"constant memory", constants_broken},
    {"copies and fills", copies_broken},
};

}  // namespace adjoint::gpu
