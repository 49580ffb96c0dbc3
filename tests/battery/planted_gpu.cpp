// The records of wrong CUDA kernels. They run on the emulated device only: on a real one a race is a matter of luck.
#include "tests/battery/planted_gpu.h"

#include "tests/battery/planted.h"

namespace adjoint::planted {

#if ADJOINT_EMULATED
namespace {
Operation with_gpu_kernels(Kernel f32, Kernel f64) {
    Operation op = operation_named("sum");
    op.gpu = {f32, f64};
    return op;
}
}  // namespace

#define WITH(mistake) with_gpu_kernels(gpu::planted_##mistake##_f32, gpu::planted_##mistake##_f64)
std::vector<Bug> gpu_bugs() {
    const Device on = Device::emulated;
    return {
        {"a missing barrier", WITH(missing_barrier), "values", on},
        {"a missing barrier in a tree", WITH(missing_barrier_in_tree), "values", on},
        {"a missing barrier before a buffer is used again", WITH(missing_second_barrier), "values", on},
        {"a barrier that some threads do not reach", WITH(divergent_barrier), "runs", on},
        {"shared memory that nobody wrote", WITH(uninitialised_shared), "values", on},
        {"one past the end of shared memory", WITH(past_shared), "runs", on},
        {"one read past the end on the GPU", WITH(reads_past_the_end), "values", on},
        {"one written past the end on the GPU", WITH(writes_past_the_end), "guard words", on},
        {"the last block is not launched", WITH(last_block_missing), "values", on},
        {"a race between blocks", WITH(race_between_blocks), "", on, Finder::thread_sanitizer},
    };
}
std::vector<Bug> right_gpu_kernels() { return {{"no mistake", WITH(none), "", Device::emulated}}; }
#else
std::vector<Bug> gpu_bugs() { return {}; }
std::vector<Bug> right_gpu_kernels() { return {}; }
#endif

}  // namespace adjoint::planted
