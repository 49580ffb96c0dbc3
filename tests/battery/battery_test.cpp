// Every operation of the program, on every device of this build. Environment:
//   ADJOINT_BATTERY_SMALL=1    leaves large samples out (for builds with sanitizers)
//   ADJOINT_BATTERY_ONLY=a,b   tests these operations
//   ADJOINT_BATTERY_PART=1/4   tests every fourth operation from the first on (2/4: from the second)
//   ADJOINT_BATTERY_TIMES=1    prints the seconds that each operation took
#include "tools/battery/battery.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>

using namespace adjoint;

TEST_SUITE_BEGIN("battery");

namespace {

// Which operations are asked for: those with index ≡ first (mod step).
struct Part {
    int first = 0, step = 1;
};
Part part_asked_for() {
    const char* text = std::getenv("ADJOINT_BATTERY_PART");
    Part part;
    if (!text) return part;
    REQUIRE(std::sscanf(text, "%d/%d", &part.first, &part.step) == 2);
    REQUIRE((part.first >= 1 && part.first <= part.step));
    --part.first;
    return part;
}

size_t threads_of_process() {
    const std::filesystem::directory_iterator threads("/proc/self/task");
    return size_t(std::distance(begin(threads), end(threads)));
}

void run_battery(Device device) {
    if (!device_present(device)) return;
    const Part part = part_asked_for();
    BatteryOptions options = std::getenv("ADJOINT_BATTERY_SMALL") ? small_battery(device) : battery_for(device);
    const char* only = std::getenv("ADJOINT_BATTERY_ONLY");
    for (size_t i = size_t(part.first); i < operations().size(); i += size_t(part.step)) {
        const Operation* op = operations()[i];
        if (only && (',' + std::string(only) + ',').find(',' + std::string(op->name) + ',') == std::string::npos) continue;
        auto start = std::chrono::steady_clock::now();
        std::vector<Failure> failures = test_operation(*op, device, options);
        std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        if (std::getenv("ADJOINT_BATTERY_TIMES"))
            std::printf("%-30s %-10s %7.3f s\n", op->name, name_of(device), seconds.count());
        for (const Failure& f : failures) FAIL_CHECK(f.text());
        CHECK_MESSAGE(failures.empty(), op->name);
    }
}

}  // namespace

// No part of it may start the threads of parallel loops: tests/CMakeLists.txt leaves this out under the thread sanitizer.
TEST_CASE("every operation on reference") {
    const size_t before = threads_of_process();
    run_battery(Device::reference);
    CHECK(threads_of_process() == before);
}
TEST_CASE("every operation on cpu") { run_battery(Device::cpu); }
TEST_CASE("every operation on emulated") { run_battery(Device::emulated); }
TEST_CASE("every operation on cuda") { run_battery(Device::cuda); }

TEST_SUITE_END();
