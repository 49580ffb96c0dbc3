// The promises of CUDA on a real GPU. Ends with 77, "skipped", where there is none.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

#include "engine/gpu_runtime.h"

int main(int argc, char** argv) {
    if (adjoint::gpu::device_count() == 0) {
        std::puts("no GPU here");
        return 77;
    }
    return doctest::Context(argc, argv).run();
}
