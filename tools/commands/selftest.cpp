// adjoint selftest: every operation tested on this machine (tools/battery): values, derivatives by two roads, adjoints,
// guard words, equal bits for any number of threads, refusals.
#include <cstdio>
#include <memory>

#include "engine/device.h"
#include "tools/battery/battery.h"
#include "tools/commands/commands.h"

namespace adjoint::commands {

namespace {

struct SelftestOptions {
    std::string device = "cpu";
    std::string operation;
    bool small = false, quiet = false;
};

void selftest(const SelftestOptions& options) {
    const Device device = device_named(options.device);
    require_device(device);
    BatteryOptions battery = options.small ? small_battery(device) : battery_for(device);
    size_t tested = 0, wrong = 0;
    auto report = [&](const Operation& op, Device, double seconds, const std::vector<Failure>& failures) {
        ++tested;
        wrong += failures.empty() ? 0 : 1;
        if (!options.quiet) std::printf("%-28s %s  %.2f s\n", op.name, failures.empty() ? "good " : "WRONG", seconds);
        for (const Failure& f : failures) std::printf("    %s\n", f.text().c_str());
        std::fflush(stdout);
    };
    if (options.operation.empty()) {
        battery.progress = report;
        test_all(device, battery);
    } else {
        const Operation& op = operation_named(options.operation);
        report(op, device, 0, test_operation(op, device, battery));
    }
    std::printf("%zu operations on %s: %zu good, %zu wrong\n", tested, describe(device).c_str(), tested - wrong, wrong);
    if (wrong)
        fail(ExitCode::numerical, "selftest on " + describe(device),
             std::to_string(wrong) + " of " + std::to_string(tested) + " operations failed",
             "do not trust results of this device; report the lines above");
}

}  // namespace

void add_selftest(CLI::App& app) {
    auto options = std::make_shared<SelftestOptions>();
    CLI::App* selftest_command = app.add_subcommand("selftest", "Test every operation on this machine");
    selftest_command->add_option("--device", options->device, "cpu, cuda or reference")->capture_default_str();
    selftest_command->add_option("--operation", options->operation, "Only this one (see `adjoint bench --list`)");
    selftest_command->add_flag("--small", options->small, "Leave large samples out: a few seconds");
    selftest_command->add_flag("--quiet", options->quiet, "Print failures and the sum only");
    selftest_command->callback([options] { selftest(*options); });
}

}  // namespace adjoint::commands
