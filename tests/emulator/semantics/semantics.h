// What CUDA promises, as small kernels with known results. The same files are compiled by nvcc and run on a GPU where
// there is one: that is how the emulator itself is tested against the hardware.
#pragma once
#include <string>
#include <vector>

namespace adjoint::gpu {

struct Promise {
    const char* name;
    std::string (*broken)();  // runs the kernel; says what is wrong with its result, empty: nothing
};
extern const std::vector<Promise> warp_promises, block_promises, memory_promises, matrix_promises;

}  // namespace adjoint::gpu
