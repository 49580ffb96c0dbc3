// Where the channels of a convolution's images lie: in one array, or in several, side by side.
#pragma once
#include "kernels/convolution/conv2d/sizes.h"

namespace adjoint {
namespace {

template <class T>
struct OneImage {
    const T* data;
    int64_t channels, plane;  // plane: pixels of a channel
    ADJOINT_BOTH const T* channel(int64_t n, int64_t c) const { return data + (n * channels + c) * plane; }
};

template <class T>
ADJOINT_BOTH ADJOINT_INLINE OneImage<T> one_image(const Conv2dSizes& s, const T* x) {
    return {x, s.ci, s.h * s.w};
}

// Arrays of the same N×·×H×W as if concatenated along their channels, without a copy that holds them all.
constexpr int most_side_by_side = 14;
template <class T>
struct SideBySide {
    const T* data[most_side_by_side];
    int64_t first[most_side_by_side + 1];  // the first channel of each; then the number of channels
    int64_t plane;
    ADJOINT_BOTH const T* channel(int64_t n, int64_t c) const {
        int k = 0;
        while (c >= first[k + 1]) ++k;
        return data[k] + (n * (first[k + 1] - first[k]) + c - first[k]) * plane;
    }
};

// The inputs from `begin` on.
template <class T>
ADJOINT_INLINE SideBySide<T> side_by_side(const KernelArguments& a, int begin) {
    SideBySide<T> x{};
    x.first[0] = 0;
    x.plane = a.in_view(begin).shape[2] * a.in_view(begin).shape[3];
    for (int k = 0; begin + k < a.input_count; ++k) {
        x.data[k] = a.in<T>(begin + k);
        x.first[k + 1] = x.first[k] + a.in_view(begin + k).shape[1];
    }
    return x;
}

}  // namespace
}  // namespace adjoint
