// The move of `pad`, which `fold` walks backwards.
#pragma once
#include "kernels/layout/move.h"

namespace adjoint {
namespace {

ADJOINT_INLINE Move plan_border(const KernelArguments& a, const ArrayView& x, const ArrayView& y) {
    int count;
    const int64_t* before = a.list("before", &count);
    const MoveMap map = a.word("mode")[2] == 'f' ? reflected : clamped;  // re-f-lect, re-p-licate
    Move m{};
    m.rank = y.rank;
    m.total = y.size;
    int64_t stride = 1;
    for (int k = x.rank - 1; k >= 0; --k) {
        m.size[k] = y.shape[k];
        m.limit[k] = x.shape[k];
        m.stride[k] = stride;
        m.first[k] = -before[k];
        m.step[k] = 1;
        // An axis without a border is walked straight: whole rows are copied.
        m.map[k] = y.shape[k] == x.shape[k] ? straight : map;
        stride *= x.shape[k];
    }
    return m;
}
ADJOINT_INLINE Move plan_pad(const KernelArguments& a) { return plan_border(a, a.in_view(0), a.out_view(0)); }

}  // namespace
}  // namespace adjoint
