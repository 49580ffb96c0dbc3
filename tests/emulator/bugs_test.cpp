// Each kernel with a mistake runs in a process of its own, because a sanitizer ends the process that it catches, and must
// be noticed by exactly the one that its entry names: more would be a false alarm, less a mistake that gets away.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "tests/emulator/bugs/bugs.h"
#include "tests/emulator/run_bug.h"

using namespace adjoint::gpu;

TEST_SUITE_BEGIN("emulator");

namespace {

std::string name_of(Finder f) {
    constexpr const char* names[] = {"nobody",          "the result", "the emulator's checks", "the address sanitizer",
                                     "the undefined-behaviour sanitizer", "the thread sanitizer"};
    return names[int(f)];
}

struct Outcome {
    Finder finder;
    std::string output;
};

Outcome run_apart(const Bug& bug, const std::string& environment) {
    char self[4096];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self);
    REQUIRE(length > 0);
    const std::string command =
        environment + " '" + std::string(self, size_t(length)) + "' '--bug=" + bug.name + "' 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string output;
    char buffer[4096];
    while (const size_t n = fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, n);
    const int status = pclose(pipe);

    const auto says = [&](const char* text) { return output.find(text) != std::string::npos; };
    if (says("ThreadSanitizer: data race")) return {Finder::race, output};
    if (says("ERROR: AddressSanitizer: ILL")) return {Finder::undefined, output};  // its checks end in a trap
    if (says("ERROR: AddressSanitizer")) return {Finder::address, output};
    REQUIRE_MESSAGE(WIFEXITED(status), std::string(bug.name) << " crashed: " << output);
    switch (WEXITSTATUS(status)) {
        case bug_unnoticed: return {Finder::nobody, output};
        case bug_in_result: return {Finder::result, output};
        case bug_reported: return {Finder::checks, output};
        default: FAIL(std::string(bug.name) << " ended with status " << WEXITSTATUS(status) << ": " << output);
    }
    return {Finder::nobody, output};
}

void check_all(const std::string& environment, Finder Bug::*expected) {
    for (const auto* list : {&barrier_bugs, &bounds_bugs, &race_bugs, &copy_bugs}) {
        REQUIRE(!list->empty());
        for (const Bug& bug : *list) {
            const Outcome got = run_apart(bug, environment);
            CHECK_MESSAGE(got.finder == bug.*expected, std::string(bug.name) << ": noticed by " << name_of(got.finder) << " instead of "
                                                                << name_of(bug.*expected) << "\n"
                                                                << got.output);
        }
    }
}

}  // namespace

#if defined(__SANITIZE_ADDRESS__)
TEST_CASE("mistakes under the address and undefined-behaviour sanitizers") { check_all("", &Bug::address_build); }
#elif defined(__SANITIZE_THREAD__)
TEST_CASE("mistakes under the thread sanitizer") {
    // A report must not end the process, or the emulator's own checks would never be reached.
    check_all("TSAN_OPTIONS=halt_on_error=0:atexit_sleep_ms=0", &Bug::thread_build);
}
#else
TEST_CASE("mistakes with the threads in order") { check_all("ADJOINT_EMULATOR_ORDER=fifo", &Bug::in_order); }
TEST_CASE("mistakes with the threads in reverse") { check_all("ADJOINT_EMULATOR_ORDER=reverse", &Bug::reverse); }
TEST_CASE("mistakes with the threads at random") {
    for (const char* seed : {"1", "2"})
        check_all(std::string("ADJOINT_EMULATOR_ORDER=random ADJOINT_EMULATOR_SEED=") + seed, &Bug::random);
}

// A report is of use only when it says where.
TEST_CASE("a deadlock names who waits where") {
    for (const Bug& bug : barrier_bugs) {
        if (std::string(bug.name) != "barrier of some threads") continue;
        const std::string output = run_apart(bug, "ADJOINT_EMULATOR_ORDER=fifo").output;
        CAPTURE(output);
        CHECK(output.find("the kernel launched at barriers.cu:") != std::string::npos);
        CHECK(output.find("[40 threads wait at __syncthreads barriers.cu:") != std::string::npos);
        CHECK(output.find("[24 threads wait at a warp collective barriers.cu:") != std::string::npos);
    }
}

TEST_CASE("leaving before a barrier is reported on request") {
    for (const Bug& bug : barrier_bugs)
        if (std::string(bug.name) == "leaving before a barrier")
            CHECK(run_apart(bug, "ADJOINT_EMULATOR_ALLOW_EARLY_EXIT=0").finder == Finder::checks);
}
#endif

TEST_SUITE_END();
