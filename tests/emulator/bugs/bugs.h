// Kernels with one mistake each, and in what way each of them shows. They are the test of what the emulator finds.
#pragma once
#include <vector>

namespace adjoint::gpu {

// Who notices. `result`: the numbers are wrong, because memory starts as NaN or the threads' order changed. `checks`: the
// emulator itself, with an error. `address`, `undefined`, `race`: the address, undefined-behaviour, thread sanitizer.
enum class Finder { nobody, result, checks, address, undefined, race };

struct Bug {
    const char* name;
    bool (*shows)();  // runs the kernel; true when its numbers are wrong
    // Without sanitizers, with the threads run in order, in reverse and at random; then under the sanitizers, in order.
    Finder in_order, reverse, random, address_build, thread_build;
};
extern const std::vector<Bug> barrier_bugs, bounds_bugs, race_bugs, copy_bugs;

}  // namespace adjoint::gpu
