// The cases of MRI, for cases.cpp.
#pragma once
#include <functional>
#include <string>

#include "engine/tensor.h"
#include "tools/bench/measure.h"

namespace adjoint::bench {

using Wanted = std::function<bool(const std::string& group, const std::string& name)>;
using Pattern = std::function<Tensor(const Shape&)>;  // numbers that differ

void mri_cases(const Wanted&, const Pattern&, const std::function<void(const Case&)>& visit);

}  // namespace adjoint::bench
