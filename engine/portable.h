// Words that let one text compile as C++ and as CUDA.
#pragma once

// In front of a function that runs on the processor and inside GPU kernels.
#ifdef __CUDACC__
#define ADJOINT_BOTH __host__ __device__
#else
#define ADJOINT_BOTH
#endif

// In front of a small function in a header that CPU passes include: never called, always part of its caller, so that no
// copy of it compiled for one instruction set can be linked into code for another.
#define ADJOINT_INLINE inline __attribute__((always_inline))
