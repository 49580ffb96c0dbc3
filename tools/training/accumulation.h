// One step's gradient from several passes, for batches that do not fit into memory at once.
#pragma once
#include "tools/training/task.h"

namespace adjoint {

// The means of the readings and gradients of the passes first … first + count − 1:
//   g = (g_0 + g_1 + … + g_(count−1)) / count,  added in this order.
// Passes of m examples whose losses are means over them give the mean over count·m examples, as one pass over all of
// them does. The bits are the same as that pass's where all sums on the way are exact or in this order. They differ in
// the last digits where an operation sums over its whole batch in lanes of its own (the weights' gradients of
// convolutions and matrix products, means over a batch), and the values themselves differ where examples see each
// other: batch normalisation, losses that are not means over examples. Whatever the number of threads, the bits of one choice
// of m and count are the same.
// `part` is space for one pass's gradient; it may be empty where count is 1.
Readings accumulated_loss(Task&, int64_t first, int64_t count, Parameters& gradient, Parameters& part);

}  // namespace adjoint
