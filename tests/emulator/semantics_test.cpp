// What CUDA promises, on the GPU device of this build: emulated in test builds, real in CUDA builds.
#include <doctest/doctest.h>

#include "engine/error.h"
#include "engine/gpu_runtime.h"
#include "tests/emulator/semantics/semantics.h"

using namespace adjoint;

TEST_SUITE_BEGIN("emulator");

namespace {
void check_promises(const std::vector<gpu::Promise>& promises) {
    REQUIRE(!promises.empty());
    for (const gpu::Promise& p : promises) {
        std::string wrong;
        try {
            wrong = p.broken();
        } catch (const Error& e) {
            wrong = e.what();
        }
        CHECK_MESSAGE(wrong.empty(), std::string(p.name) << ": " << wrong);
    }
}
ExitCode code_of(int status) {
    try {
        gpu::check(status, "a test");
    } catch (const Error& e) {
        return e.code;
    }
    return ExitCode::done;
}
}  // namespace

TEST_CASE("threads of a warp") { check_promises(gpu::warp_promises); }
TEST_CASE("threads of a block") { check_promises(gpu::block_promises); }
TEST_CASE("memory") { check_promises(gpu::memory_promises); }
TEST_CASE("matrix instructions") { check_promises(gpu::matrix_promises); }

TEST_CASE("an error of the CUDA runtime says what kind of failure it is") {
    CHECK(code_of(0) == ExitCode::done);
    CHECK(code_of(2) == ExitCode::resources);    // out of memory
    CHECK(code_of(35) == ExitCode::no_device);   // no sufficient driver
    CHECK(code_of(100) == ExitCode::no_device);  // no device
    CHECK(code_of(719) == ExitCode::numerical);  // a launch failed
}

TEST_CASE("memory that is not there is a null pointer, and releasing null is allowed") {
    void* p = gpu::allocate(size_t(1) << 46);
    CHECK(p == nullptr);
    gpu::release(p);
    void* small = gpu::allocate(64);  // and the refusal is forgotten
    CHECK(small != nullptr);
    gpu::release(small);
}

TEST_SUITE_END();
