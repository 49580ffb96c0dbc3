// The cases of networks' layers on images, for cases.cpp.
#pragma once
#include "tools/bench/mri_cases.h"

namespace adjoint::bench {

void image_cases(const Wanted&, const Pattern&, const std::function<void(const Case&)>& visit);

}  // namespace adjoint::bench
