// Images for the tests of losses.
#pragma once
#include <cmath>

#include "engine/philox.h"
#include "engine/tensor.h"

namespace adjoint {

// A[c,i,j] = ½ + 0.3 sin(0.37 i + 0.11 c) cos(0.29 j) + 0.1 sin(0.9 (i + j + c));  B = A + 0.05 cos(1.3 i − 0.7 j +
// c/2)
inline Tensor check_image(bool second, int64_t channels = 3, int64_t height = 32, int64_t width = 32) {
    std::vector<double> v;
    for (int64_t c = 0; c < channels; ++c)
        for (int64_t i = 0; i < height; ++i)
            for (int64_t j = 0; j < width; ++j) {
                double p = 0.5 + 0.3 * std::sin(0.37 * double(i) + 0.11 * double(c)) * std::cos(0.29 * double(j)) +
                           0.1 * std::sin(0.9 * double(i + j + c));
                if (second) p += 0.05 * std::cos(1.3 * double(i) - 0.7 * double(j) + 0.5 * double(c));
                v.push_back(p);
            }
    return Tensor::from(v, Shape{1, channels, height, width});
}

// Uniform in [low, high).
inline std::vector<double> noise(int64_t count, uint64_t stream, double low = -1, double high = 1) {
    const Philox random{2025, stream};
    std::vector<double> v;
    for (int64_t i = 0; i < count; ++i) v.push_back(random.uniform(uint64_t(i), low, high));
    return v;
}
inline Tensor noise_image(const Shape& shape, uint64_t stream, double low = 0, double high = 1) {
    return Tensor::from(noise(shape.count(), stream, low, high), shape);
}

}  // namespace adjoint
