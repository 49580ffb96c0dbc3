// The only header that GPU kernels include, and the only one that knows how a kernel is launched. Two worlds, one text:
//   nvcc                → CUDA
//   g++ + GPU_EMULATE   → the emulator (engine/emulator): kernels run on the processor, for tests
//
// Rules for kernel sources (tests/emulator/lint_kernels.sh checks them): launch(kernel, grid, block, shared_bytes,
// stream, args…) instead of triple angle brackets; GPU_SHARED(tile, float[16][17]) and GPU_DYN_SHARED(float, s)
// instead of the keyword; GPU_UNROLL; PTX only in the wrappers below, each with its emulation in
// engine/emulator/ptx.h.
#pragma once
#if defined(__CUDACC__)
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>
#define GPU_DYN_SHARED(T, name)                                 \
    extern __shared__ __align__(1024) unsigned char gpu_dyn_[]; \
    T* name = reinterpret_cast<T*>(gpu_dyn_)
#define GPU_SHARED(name, ...) __shared__ __align__(16)::adjoint::gpu::type_t<__VA_ARGS__> name
#define GPU_UNROLL _Pragma("unroll")
#if defined(__CUDA_ARCH__)
#define GPU_ARCH_AT_LEAST(n) (__CUDA_ARCH__ >= (n))
#else
#define GPU_ARCH_AT_LEAST(n) 1
#endif
#else
#include "engine/emulator/atomics.h"
#include "engine/emulator/collectives.h"
#include "engine/emulator/half.h"
#include "engine/emulator/intrinsics.h"
#include "engine/emulator/runtime_api.h"
#define GPU_DYN_SHARED(T, name) T* name = static_cast<T*>(::adjoint::emulator::dynamic_shared())
#define GPU_SHARED(name, ...) \
    auto& name = ::adjoint::emulator::shared_var<::adjoint::gpu::type_t<__VA_ARGS__>, decltype([] {})>(#name)
#define GPU_UNROLL _Pragma("GCC unroll 16")
#define GPU_ARCH_AT_LEAST(n) (EMULATOR_ARCH >= (n))
#endif

#include <utility>

#include "engine/gpu_runtime.h"

namespace adjoint::gpu {

template <class T>
using type_t = T;

// A grid that remembers where it was launched, for error messages.
struct Grid {
    dim3 dim;
    const char* file;
    int line;
    Grid(dim3 d, const char* f = __builtin_FILE(), int l = __builtin_LINE()) : dim(d), file(f), line(l) {}
    Grid(unsigned x, const char* f = __builtin_FILE(), int l = __builtin_LINE()) : dim(x), file(f), line(l) {}
};

// Starts `kernel` on grid × block threads with `shared_bytes` of dynamic shared memory on `stream`.
// Errors: numerical, naming the place, when the launch is refused (and, emulated, whatever the emulator found wrong).
#if defined(__CUDACC__)
template <class... P, class... A>
void launch(void (*kernel)(P...), Grid grid, dim3 block, size_t shared_bytes, void* stream, A&&... args) {
    static_assert(sizeof...(P) == sizeof...(A), "wrong number of kernel arguments");
    if (shared_bytes > 48 * 1024)  // more must be asked for
        check(int(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, int(shared_bytes))),
              "cudaFuncSetAttribute", grid.file, grid.line);
    kernel<<<grid.dim, block, shared_bytes, cudaStream_t(stream)>>>(static_cast<P>(std::forward<A>(args))...);
    check(int(cudaGetLastError()), "a kernel's launch", grid.file, grid.line);
}
#else
template <class... P, class... A>
void launch(void (*kernel)(P...), Grid grid, dim3 block, size_t shared_bytes, void*, A&&... args) {
    ::adjoint::emulator::launch({grid.file, grid.line}, kernel, grid.dim, block, shared_bytes,
                                std::forward<A>(args)...);
}
#endif

}  // namespace adjoint::gpu

#if defined(__CUDACC__)
namespace adjoint::gpu {
// relaxed load of a location that other threads update atomically
template <class T>
__device__ __forceinline__ T atomic_load(const T* p) {
    return *static_cast<const volatile T*>(p);
}
__device__ __forceinline__ unsigned smem_addr(const void* p) {
    return static_cast<unsigned>(__cvta_generic_to_shared(p));
}
#if GPU_ARCH_AT_LEAST(800)
__device__ __forceinline__ void cp_async16(void* dst, const void* src, bool pred) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(smem_addr(dst)), "l"(src), "r"(pred ? 16 : 0)
                 : "memory");
}
__device__ __forceinline__ void cp_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int N>
__device__ __forceinline__ void cp_async_wait() {
    asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}
#else
__device__ __forceinline__ void cp_async16(void* dst, const void* src, bool pred) {
    *static_cast<float4*>(dst) = pred ? *static_cast<const float4*>(src) : make_float4(0, 0, 0, 0);
}
__device__ __forceinline__ void cp_async_commit() {}
template <int N>
__device__ __forceinline__ void cp_async_wait() {}
#endif
__device__ __forceinline__ void ldmatrix_x4(unsigned (&r)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(smem_addr(row))
                 : "memory");
}
__device__ __forceinline__ void ldmatrix_x2_trans(unsigned (&r)[2], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0,%1}, [%2];"
                 : "=r"(r[0]), "=r"(r[1])
                 : "r"(smem_addr(row))
                 : "memory");
}
// D += A(16x16, row) * B(16x8, col), bf16 in, f32 accumulate
__device__ __forceinline__ void mma_bf16_16816(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
#if GPU_ARCH_AT_LEAST(800)
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
    __trap();  // sm_75 has no bf16 MMA: the host must not pick this kernel there
#endif
}
__device__ __forceinline__ void named_barrier_sync(int id, int threads) {
    asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}
__device__ __forceinline__ void named_barrier_arrive(int id, int threads) {
    asm volatile("bar.arrive %0, %1;" ::"r"(id), "r"(threads) : "memory");
}
}  // namespace adjoint::gpu
#else
#include "engine/emulator/ptx.h"
#endif
