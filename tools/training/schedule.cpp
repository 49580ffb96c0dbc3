#include "tools/training/schedule.h"

#include <algorithm>
#include <cmath>

#include "engine/error.h"

namespace adjoint {

static constexpr const char* shape_names[] = {"constant", "step", "cosine"};

const char* name_of(ScheduleShape s) { return shape_names[int(s)]; }

ScheduleShape schedule_named(const std::string& name) {
    for (int i = 0; i < 3; ++i)
        if (name == shape_names[i]) return ScheduleShape(i);
    fail(ExitCode::usage, "schedule '" + name + "'", "there is no schedule of this name",
         "choose constant, step or cosine");
}

double Schedule::at(int64_t step, int64_t total_steps) const {
    if (step < warm_up) return rate * double(step + 1) / double(warm_up);
    const int64_t t = step - warm_up;
    switch (shape) {
        case ScheduleShape::constant: break;
        case ScheduleShape::step: return rate * std::pow(factor, double(t / every));
        case ScheduleShape::cosine: {
            const double T = double(std::max<int64_t>(total_steps - warm_up, 1));
            return last + (rate - last) * (1 + std::cos(M_PI * std::min(double(t) / T, 1.0))) / 2;
        }
    }
    return rate;
}

}  // namespace adjoint
