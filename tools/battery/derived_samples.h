// Shapes that every operation must survive, made from those of its record: empty, size 1, tails, broadcasting.
#pragma once
#include "tools/battery/trial.h"

namespace adjoint::battery {

struct DerivedSample {
    Sample sample;
    bool may_be_refused;  // the operation may not be defined for it, and then says so with a usage error
};
std::vector<DerivedSample> derived_samples(const Operation&);

}  // namespace adjoint::battery
