// MoDL's training step as UFLoss's experiments have it, for the bench cases and for tools/compare/modl_speed.py.
#pragma once
#include <cstdint>
#include <functional>

namespace adjoint::bench {

// A step of MoDL around UFLoss's U-Net (13 394 818 parameters): one image of size×size seen by 8 coils under a mask of
// random columns, 5 unrolls with shared weights, 6 steps of conjugate gradients differentiated step by step, λ = 0.05,
// the mean squared error of real and imaginary parts, all gradients, and Adam. Called with the step's number, from 1.
// recompute: the tape keeps only the images between the unrolls.
std::function<void(uint64_t step)> modl_step(int64_t size, bool recompute);

}  // namespace adjoint::bench
