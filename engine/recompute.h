// Less memory for more time: a block whose inner results the tape does not keep.
//
//   Tensor y = recompute([&](const std::vector<Tensor>& v) { return network(v); }, weights_and_images);
//
// The value is block(inputs). The tape keeps the inputs alone; when the gradient passes, the block is computed again, on a
// tape of its own, and differentiated there. Gradients are those of the block, of any order; what an input gets from
// several uses inside is added up before it meets that from outside, so last bits may differ.
#pragma once
#include <functional>
#include <vector>

#include "engine/tensor.h"

namespace adjoint {

using RecomputedBlock = std::function<Tensor(const std::vector<Tensor>& inputs)>;

// The block must give the same every time, and must use no other tensors of the tape than its inputs.
// Errors: it does; it gives one of its inputs as it is.
Tensor recompute(const RecomputedBlock& block, const std::vector<Tensor>& inputs);

}  // namespace adjoint
