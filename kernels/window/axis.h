// One axis of a window operation: which places of the source go into a place of the target. For every pass.
//
// Forward, the source is the image and the target the windows; in the adjoint it is the other way round. In both
// directions the places that belong together are neighbours, [first(i), end(i)), and move on with i: that is what
// running sums need.
#pragma once
#include "engine/kernel_arguments.h"
#include "engine/portable.h"

#define ADJOINT_WINDOW_INLINE ADJOINT_BOTH __attribute__((always_inline))

namespace adjoint {

struct WindowAxis {
    int64_t source, target;
    int64_t size, stride, padding;
    bool adjoint;

    ADJOINT_WINDOW_INLINE int64_t end(int64_t i) const {
        const int64_t e = adjoint ? (i + padding) / stride + 1 : i * stride - padding + size;
        return e < source ? e : source;
    }
    ADJOINT_WINDOW_INLINE int64_t first(int64_t i) const {
        int64_t f = adjoint ? i + padding - size + stride : i * stride - padding;  // ⌈(i + padding − size + 1)/stride⌉
        if (f < 0) f = 0;
        else if (adjoint) f /= stride;
        const int64_t e = end(i);
        return f < e ? f : e;
    }
    // The place within the window at which target i and source s meet.
    ADJOINT_WINDOW_INLINE int64_t tap(int64_t i, int64_t s) const {
        return adjoint ? i + padding - s * stride : s - i * stride + padding;
    }
    ADJOINT_WINDOW_INLINE WindowAxis reversed() const { return {target, source, size, stride, padding, !adjoint}; }
};

// Both axes of a call, image and maps given as views whose last two axes are rows and columns.
struct WindowSizes {
    WindowAxis rows, columns;
    double sigma;  // 0: uniform
};
ADJOINT_INLINE WindowSizes window_sizes(const KernelArguments& a, const ArrayView& image, const ArrayView& maps) {
    int count;
    const int64_t* size = a.list("window", &count);
    const int64_t* stride = a.list("stride", &count);
    const int64_t* padding = a.list("padding", &count);
    return {{image.dim(-2), maps.dim(-2), size[0], stride[0], padding[0], false},
            {image.dim(-1), maps.dim(-1), size[1], stride[1], padding[1], false},
            a.real("sigma")};
}

}  // namespace adjoint
