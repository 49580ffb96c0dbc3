// The image that training steps of reconstruction networks are timed with.
#pragma once
#include <vector>

#include "kernels/complex/complex.h"

namespace adjoint::bench {

// 1 × size × size: patterns of its indices, the same everywhere.
inline Complex complex_picture(int64_t size) {
    std::vector<float> v;
    for (int64_t k = 0; k < size * size; ++k) {
        const int64_t i = k / size, j = k % size;
        v.push_back(float((i * 37 + j * 11) % 64) / 64 * float(i) / float(size));
        v.push_back(float((i * 5 + j * 29) % 32) / 64);
    }
    return {Tensor::from(v, {1, size, size, 2})};
}

}  // namespace adjoint::bench
