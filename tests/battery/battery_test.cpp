// Every operation of the program, on every device of this build. ADJOINT_BATTERY_SMALL=1 leaves large samples out (for
// builds with sanitizers); ADJOINT_BATTERY_ONLY=name tests one operation and prints the time it takes.
#include "tools/battery/battery.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

using namespace adjoint;

TEST_SUITE_BEGIN("battery");

namespace {

void run_battery(Device device) {
    if (!device_present(device)) return;
    BatteryOptions options = std::getenv("ADJOINT_BATTERY_SMALL") ? small_battery() : BatteryOptions();
    const char* only = std::getenv("ADJOINT_BATTERY_ONLY");
    for (const Operation* op : operations()) {
        if (only && std::string(op->name) != only) continue;
        std::vector<Failure> failures = test_operation(*op, device, options);
        for (const Failure& f : failures) FAIL_CHECK(f.text());
        CHECK_MESSAGE(failures.empty(), op->name);
    }
}

}  // namespace

TEST_CASE("every operation on reference") { run_battery(Device::reference); }
TEST_CASE("every operation on cpu") { run_battery(Device::cpu); }
TEST_CASE("every operation on emulated") { run_battery(Device::emulated); }
TEST_CASE("every operation on cuda") { run_battery(Device::cuda); }

TEST_SUITE_END();
