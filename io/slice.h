// Choosing a part of an array by fixing the index on some of its axes: "2:90", "z:90", "2:90,3:0".
#pragma once
#include <string>
#include <vector>

#include "engine/tensor.h"

namespace adjoint {

struct Slice {
    int axis = 0;        // of the array as its format's own tools show it: NumPy's axes; NIfTI's x, y, z, t
    int64_t index = 0;   // from 0; negative: from the end, −1 is the last
    bool middle = false; // the middle index, size / 2
};

// AXIS:INDEX, several of them separated by commas. An axis is a number or x, y, z, t for 0, 1, 2, 3; an index is a
// number or "middle". An empty text is no slice. Errors: usage.
std::vector<Slice> parse_slices(const std::string& text);

// The index that `slices` fix on each axis of an array of these sizes; −1: none. `who` opens the errors (usage): no
// such axis, an index outside, an axis fixed twice.
std::vector<int64_t> fixed_indices(const std::vector<Slice>& slices, const std::vector<int64_t>& sizes,
                                   const std::string& who);

// The part of a host tensor that has these indices; their axes are gone.
Tensor sliced(const Tensor&, const std::vector<Slice>& slices, const std::string& who);

}  // namespace adjoint
