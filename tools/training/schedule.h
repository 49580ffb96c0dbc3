// The learning rate as a function of the step.
#pragma once
#include <cstdint>
#include <string>

namespace adjoint {

enum class ScheduleShape { constant, step, cosine };
ScheduleShape schedule_named(const std::string& name);  // errors: unknown name (usage)
const char* name_of(ScheduleShape);

// A linear rise over the first `warm_up` steps, from rate/warm_up to `rate`, then one of
//   constant  η_t = rate
//   step      η_t = rate · factor^⌊t / every⌋
//   cosine    η_t = last + (rate − last) · (1 + cos(π · t / T)) / 2, T steps after the rise
// Loshchilov, Hutter: "SGDR: stochastic gradient descent with warm restarts", ICLR 2017 (eq. 5, without restarts).
struct Schedule {
    double rate = 1e-4;
    ScheduleShape shape = ScheduleShape::constant;
    int64_t warm_up = 0;   // steps
    int64_t every = 1000;  // steps between two drops of `step`
    double factor = 0.5;
    double last = 0;  // where `cosine` ends

    double at(int64_t step, int64_t total_steps) const;
};

}  // namespace adjoint
