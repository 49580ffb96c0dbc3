// Measuring a kernel beside the machine's ceiling.
//
// The clocks of shared machines drift by tens of per cent, so every run of a kernel stands between two runs of a ceiling
// loop (multiply-adds in registers, or a copy of memory) on the same threads; its share of the ceiling is its rate over
// the mean of the two, and the median share over the runs is what counts.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace adjoint::bench {

enum class Bound { arithmetic, memory, time };  // what the work is to be compared with; time: none

struct Case {
    std::string group, name;
    Bound bound;
    double work;                      // flops, or bytes; 0 for time
    std::function<void()> run;
    int runs = 15;
};

struct Measured {
    double seconds;      // median
    double rate;         // work per second, median
    double share;        // of the ceiling, median; 0 for time
    double ceiling;      // median of the ceiling's rate
};

Measured measure(const Case&);

// All cases whose group or name contains `filter`; made one at a time, because their memory is large.
// `visit` is called with each.
void for_each_case(const std::string& filter, const std::function<void(const Case&)>& visit);

double median(std::vector<double> values);
double seconds_now();
double peak_megabytes();  // of the process: the peak resident set

// A training step on a test pattern of size×size pixels, `steps` times, as one line of JSON:
// {"ready": seconds from the program's start until the first step begins, "first": until it has ended, "times": […],
// "peak_mb": …}.
// SIREN, RGB: l2, l2-fused, glance (l2 + 0.01 ms-glance), glance-alone (value and gradient of the loss without the network).
// DRDN (drdn_step.h): drdn, drdn-recompute. MoDL (modl_step.h): modl, modl-recompute.
std::string time_training_steps(const std::string& which, int64_t size, int steps, double program_start);

}  // namespace adjoint::bench
