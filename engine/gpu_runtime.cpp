#include "engine/gpu_runtime.h"

#include "engine/error.h"
#if defined(GPU_EMULATE)
#include "engine/emulator/runtime_api.h"
#else
#include <cuda_runtime_api.h>
#endif

namespace adjoint::gpu {

int device_count() {
    int n = 0;
    // No driver (35) and no device (100) both mean that there is none.
    return cudaGetDeviceCount(&n) == cudaSuccess ? n : 0;
}

std::string device_name() {
    cudaDeviceProp p;
    check(cudaGetDeviceProperties(&p, 0), "cudaGetDeviceProperties");
    return p.name;
}

void* allocate(size_t bytes) {
    void* p = nullptr;
    const auto status = cudaMalloc(&p, bytes ? bytes : 1);
    if (status == cudaErrorMemoryAllocation) {
        cudaGetLastError();  // forget it: the caller frees what it can and asks again
        return nullptr;
    }
    check(status, "cudaMalloc");
    return p;
}

void release(void* p) {
    const auto status = cudaFree(p);
    // Memory that outlives main() is given back when the CUDA runtime has already gone, and its memory with it.
    if (status != cudaErrorCudartUnloading) check(status, "cudaFree");
}
void copy_to_device(void* to, const void* from, size_t bytes) {
    check(cudaMemcpy(to, from, bytes, cudaMemcpyHostToDevice), "a copy to the device");
}
void copy_to_host(void* to, const void* from, size_t bytes) {
    check(cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost), "a copy from the device");
}
void copy_device_to_device(void* to, const void* from, size_t bytes) {
    check(cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToDevice), "a copy on the device");
}
void fill(void* p, int byte, size_t bytes) { check(cudaMemset(p, byte, bytes), "cudaMemset"); }
void synchronise() { check(cudaDeviceSynchronize(), "waiting for the device"); }

void check(int status, const char* what, const char* file, int line) {
    if (status == cudaSuccess) return;
    const std::string asked = std::string(what) + " at " + file + ":" + std::to_string(line);
    const std::string found = std::string("the GPU reports: ") + cudaGetErrorString(cudaError_t(status));
    switch (status) {
        case cudaErrorMemoryAllocation:
            fail(ExitCode::resources, asked, found, "use a smaller batch or image, or --device cpu");
        case cudaErrorInsufficientDriver:
        case cudaErrorNoDevice:
            fail(ExitCode::no_device, asked, found, "check the driver (nvidia-smi), or use --device cpu");
        default: fail(ExitCode::numerical, asked, found, "check the driver (nvidia-smi), or use --device cpu");
    }
}

void check_blas(int status, const char* what, const char* file, int line) {
    if (status != 0)
        fail(ExitCode::numerical, std::string(what) + " at " + file + ":" + std::to_string(line),
             "cuBLAS reports status " + std::to_string(status), "check the driver (nvidia-smi), or use --device cpu");
}

void library_failure(const char* library, const char* what, int status) {
    fail(ExitCode::numerical, what, std::string(library) + " reports status " + std::to_string(status),
         "check the driver (nvidia-smi), or use --device cpu");
}

}  // namespace adjoint::gpu
