// adjoint bench: kernels and training steps beside the machine's measured ceiling.
#include <cstdio>
#include <iostream>
#include <memory>

#include "engine/device.h"
#include "engine/operation.h"
#include "engine/parallel.h"
#include "tools/bench/measure.h"
#include "tools/commands/commands.h"

namespace adjoint::commands {

namespace {

const double program_start = bench::seconds_now();

struct BenchOptions {
    bool list = false;
    std::string filter, training_step;
    int threads = 0, steps = 10;
    int64_t size = 224;
};

void list_operations() {
    for (const Operation* op : operations())
        std::cout << op->name << " (" << name_of(op->kind) << "): " << op->equation << "\n";
}

void print(const bench::Case& c) {
    const bench::Measured m = bench::measure(c);
    std::printf("%-12s %-58s %9.3f ms", c.group.c_str(), c.name.c_str(), m.seconds * 1e3);
    if (c.bound == bench::Bound::arithmetic)
        std::printf("  %7.1f GFLOP/s  %5.1f %% of %.0f", m.rate / 1e9, 100 * m.share, m.ceiling / 1e9);
    if (c.bound == bench::Bound::memory)
        std::printf("  %7.1f GB/s     %5.1f %% of %.0f", m.rate / 1e9, 100 * m.share, m.ceiling / 1e9);
    std::printf("\n");
    std::fflush(stdout);
}

void run(const BenchOptions& o) {
    if (o.threads > 0) set_threads(o.threads);
    if (o.list) return list_operations();
    if (!o.training_step.empty()) {
        std::cout << bench::time_training_steps(o.training_step, o.size, o.steps, program_start) << "\n";
        return;
    }
    std::printf("%s; each run stands between two runs of the ceiling loop, medians are given\n", describe(Device::cpu).c_str());
    int count = 0;
    bench::for_each_case(o.filter, [&](const bench::Case& c) {
        print(c);
        ++count;
    });
    if (!count)
        fail(ExitCode::usage, "measuring '" + o.filter + "'", "no case has this in its name",
             "try matmul, conv2d, fft2, siren, drdn, loss, pointwise or reduction");
    std::printf("peak memory of this process: %.0f MB\n", bench::peak_megabytes());
}

}  // namespace

void add_bench(CLI::App& app) {
    auto options = std::make_shared<BenchOptions>();
    CLI::App* bench = app.add_subcommand("bench", "Measure kernels and training steps beside the machine's ceiling");
    bench->add_option("filter", options->filter, "Only cases with this in their name, e.g. matmul or siren");
    bench->add_flag("--list", options->list, "Only list the operations: name, kind, equation");
    bench->add_option("--threads", options->threads, "Threads to use (default: all cores)")->check(CLI::Range(1, 1024));
    bench->add_option("--training-step", options->training_step,
                      "Time a training step, as JSON; SIREN's: l2, l2-fused, glance or glance-alone; drdn, drdn-recompute; "
                      "modl, modl-recompute");
    bench->add_option("--steps", options->steps, "Steps to time")->check(CLI::Range(1, 100000));
    bench->add_option("--size", options->size, "Image size for --training-step")->check(CLI::Range(16, 4096));
    bench->callback([options] { run(*options); });
}

}  // namespace adjoint::commands
