// The mistakes planted in CUDA kernels, for the two files that share them.
#pragma once
#include "engine/kernel_arguments.h"

#define ADJOINT_PLANTED_GPU_MISTAKES(DO)                                                                              \
    DO(none) DO(missing_barrier) DO(missing_barrier_in_tree) DO(missing_second_barrier) DO(divergent_barrier)         \
    DO(uninitialised_shared) DO(past_shared) DO(reads_past_the_end) DO(writes_past_the_end) DO(last_block_missing)    \
    DO(race_between_blocks)

namespace adjoint::planted {
#define ADJOINT_ENUMERATOR(mistake) mistake,
enum class GpuMistake { ADJOINT_PLANTED_GPU_MISTAKES(ADJOINT_ENUMERATOR) };
#undef ADJOINT_ENUMERATOR
}  // namespace adjoint::planted

namespace adjoint::gpu {
#define ADJOINT_DECLARE_PLANTED(mistake)                    \
    void planted_##mistake##_f32(const KernelArguments&); \
    void planted_##mistake##_f64(const KernelArguments&);
ADJOINT_PLANTED_GPU_MISTAKES(ADJOINT_DECLARE_PLANTED)
#undef ADJOINT_DECLARE_PLANTED
}  // namespace adjoint::gpu
