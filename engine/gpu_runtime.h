// The GPU's memory and state, in plain functions for the rest of the engine: over the CUDA runtime, real or emulated.
#pragma once
#include <cstddef>
#include <string>

namespace adjoint::gpu {

int device_count();         // 0 where there is no GPU or no driver; never an error
std::string device_name();  // of the first device

void* allocate(size_t bytes);  // null when there is no memory left
void release(void*);            // of what allocate gave; null is allowed
void copy_to_device(void* to, const void* from, size_t bytes);
void copy_to_host(void* to, const void* from, size_t bytes);
void copy_device_to_device(void* to, const void* from, size_t bytes);
void fill(void* p, int byte, size_t bytes);
void synchronise();  // waits for everything started

// Errors, naming what failed and where, unless `status` is the CUDA runtime's (cuBLAS's) success: resources when memory
// has run out, no_device where there is no GPU or driver, numerical otherwise.
void check(int status, const char* what, const char* file = __builtin_FILE(), int line = __builtin_LINE());
void check_blas(int status, const char* what, const char* file = __builtin_FILE(), int line = __builtin_LINE());
[[noreturn]] void library_failure(const char* library, const char* what, int status);

}  // namespace adjoint::gpu
