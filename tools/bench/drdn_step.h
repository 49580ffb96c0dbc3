// DRDN's training step, for the bench cases and for tools/compare/drdn_speed.py.
#pragma once
#include <cstdint>
#include <functional>

namespace adjoint::bench {

// A step of a DRDN of the published size: one single-coil image of size×size, 3 recurrences with data consistency under
// a mask of random columns, the mean absolute error of real and imaginary parts, all gradients, and Adam. Called with
// the step's number, from 1. recompute: the tape keeps only the images between the recurrences.
std::function<void(uint64_t step)> drdn_step(int64_t size, bool recompute);

// Of the convolutions alone: forward, and the gradients of weights and images (of the first recurrence's image, none).
double drdn_step_flops(int64_t size);

}  // namespace adjoint::bench
