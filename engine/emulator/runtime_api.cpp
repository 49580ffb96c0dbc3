// Device memory: blocks of host memory with red zones, poisoned until written; copies that check their ranges.
#include "engine/emulator/state.h"

#include <chrono>
#include <cstdlib>

// ---------------------------------------------------------------- host API
using namespace adjoint::emulator;
cudaError_t cudaMalloc(void** p, size_t n) {
    std::lock_guard lock(simulation_mutex);
    init();
    if (n > sim->opt.device_memory - std::min(sim->opt.device_memory, sim->in_use)) return cudaErrorMemoryAllocation;
    const size_t extra = asan() ? 0 : kGlobalCanary;  // ASan has its own red zones
    if (posix_memalign(p, 256, (n ? n : 1) + extra)) return cudaErrorMemoryAllocation;
    if (sim->opt.poison) fill_raw(*p, n, 0xff);
    fill_raw(static_cast<char*>(*p) + n, extra, 0xcd);
    sim->allocs[reinterpret_cast<uintptr_t>(*p)] = n;
    sim->in_use += n;
    poison(*p, n);
    return cudaSuccess;
}
cudaError_t cudaFree(void* p) {
    if (!p) return cudaSuccess;
    std::lock_guard lock(simulation_mutex);
    auto it = init()->allocs.find(reinterpret_cast<uintptr_t>(p));
    if (it == sim->allocs.end()) return cudaErrorInvalidValue;
    unpoison(p, it->second);
    sim->in_use -= it->second;
    sim->allocs.erase(it);
    std::free(p);
    return cudaSuccess;
}
namespace {
// Device range check: 1 = inside one allocation, 0 = not device memory, -1 = runs over its end.
int dev_range(const void* p, size_t n) {
    auto a = reinterpret_cast<uintptr_t>(p);
    auto it = init()->allocs.upper_bound(a);
    if (it == sim->allocs.begin()) return 0;
    --it;
    if (a >= it->first + std::max<size_t>(it->second, 1)) return 0;
    return a + n <= it->first + it->second ? 1 : -1;
}
struct Unpoison {
    void* p;
    size_t n;
    bool on;
    Unpoison(const void* p_, size_t n_) : p(const_cast<void*>(p_)), n(n_), on(dev_range(p_, n_) == 1) {
        if (on) unpoison(p, n);
    }
    ~Unpoison() {
        if (on) poison(p, n);
    }
};
}  // namespace
cudaError_t cudaMemcpy(void* dst, const void* src, size_t n, cudaMemcpyKind k) {
    std::lock_guard lock(simulation_mutex);
    const int d = dev_range(dst, n), s = dev_range(src, n);
    if (d < 0 || s < 0) return cudaErrorInvalidValue;
    const bool want_d = k == cudaMemcpyHostToDevice || k == cudaMemcpyDeviceToDevice,
               want_s = k == cudaMemcpyDeviceToHost || k == cudaMemcpyDeviceToDevice;
    if (k != cudaMemcpyDefault && n && (want_d != (d == 1) || want_s != (s == 1))) return cudaErrorInvalidValue;
    Unpoison ud(dst, n), us(src, n);
    std::memmove(dst, src, n);
    return cudaSuccess;
}
cudaError_t cudaMemset(void* dst, int v, size_t n) {
    std::lock_guard lock(simulation_mutex);
    if (n && dev_range(dst, n) != 1) return cudaErrorInvalidValue;
    Unpoison u(dst, n);
    std::memset(dst, v, n);
    return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* p, int) {
    *p = {};
    std::snprintf(p->name, sizeof p->name, "emulated");
    p->multiProcessorCount = 4;
    p->major = EMULATOR_ARCH / 100;
    p->minor = EMULATOR_ARCH % 100 / 10;
    p->warpSize = 32;
    p->sharedMemPerBlockOptin = init()->opt.max_shared;
    p->totalGlobalMem = init()->opt.device_memory;
    return cudaSuccess;
}
namespace {
double now_ms() {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
}  // namespace
cudaError_t cudaEventCreate(cudaEvent_t* e) {
    *e = reinterpret_cast<cudaEvent_t>(new double(0));
    return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t e) {
    delete reinterpret_cast<double*>(e);
    return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t e, cudaStream_t) {
    *reinterpret_cast<double*>(e) = now_ms();
    return cudaSuccess;
}
cudaError_t cudaEventElapsedTime(float* ms, cudaEvent_t a, cudaEvent_t b) {
    *ms = float(*reinterpret_cast<double*>(b) - *reinterpret_cast<double*>(a));
    return cudaSuccess;
}
