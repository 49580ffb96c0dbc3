// The sizes of a two-dimensional convolution, read off a kernel's arguments; for every pass.
#pragma once
#include "engine/kernel_arguments.h"
#include "engine/portable.h"

namespace adjoint {

struct Conv2dSizes {
    int64_t n, ci, h, w;      // x
    int64_t co, kh, kw;       // weights: co × ci/groups × kh × kw
    int64_t ho, wo;           // y
    int64_t stride, dilation, padding, groups;
};

ADJOINT_INLINE Conv2dSizes conv2d_sizes(const KernelArguments& a, const ArrayView& x, const ArrayView& w, const ArrayView& y) {
    return {x.shape[0], x.shape[1], x.shape[2], x.shape[3], w.shape[0], w.shape[2], w.shape[3], y.shape[2], y.shape[3],
            a.integer("stride"), a.integer("dilation"), a.integer("padding"), a.integer("groups")};
}

// Which output index reads image index `at` through kernel index k: at = out·stride + k·dilation − padding; −1 if none.
ADJOINT_BOTH __attribute__((always_inline)) inline int64_t conv2d_output_of(int64_t at, int64_t k, int64_t out_size,
                                                                           const Conv2dSizes& s) {
    const int64_t shifted = at + s.padding - k * s.dilation;
    if (shifted < 0 || shifted % s.stride) return -1;
    const int64_t out = shifted / s.stride;
    return out < out_size ? out : -1;
}

}  // namespace adjoint
