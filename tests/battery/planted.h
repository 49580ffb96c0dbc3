// The test of the tests: bugs planted in copies of real records. Each must be caught by the check that is there for it.
#pragma once
#include <string>
#include <vector>

#include "tools/battery/battery.h"

namespace adjoint::planted {

// Which builds find a bug. A plain build runs the check in its own process; under a sanitizer the bug may end the
// process, so that each runs in a child there.
enum class Finder {
    battery,           // the check finds it in every build
    thread_sanitizer,  // a race that this schedule hides from results: only the thread sanitizer sees it
};

struct Bug {
    std::string name;       // what was planted, in plain words
    Operation record;       // a copy of a real record with one wrong thing
    const char* check;      // the check that must fail; other checks may fail as well
    Device device = Device::cpu;
    Finder finder = Finder::battery;
    BatteryOptions options = {};
};

std::vector<Bug> gradient_bugs();  // wrong rules (planted_gradients.cpp)
std::vector<Bug> kernel_bugs();    // wrong CPU kernels (planted_kernels.cpp)
std::vector<Bug> record_bugs();    // wrong shapes, refusals and records (planted_records.cpp)
std::vector<Bug> tape_bugs();      // wrong backward loops (planted_tapes.cpp)
std::vector<Bug> gpu_bugs();       // wrong CUDA kernels, on the emulated device; none in other builds (planted_gpu.cpp)

// What the mistakes of the last two were planted in, without a mistake: it must pass.
Bug right_loop();
std::vector<Bug> right_gpu_kernels();

}  // namespace adjoint::planted
