// The move of `pad`, which `fold` walks backwards.
#pragma once
#include "kernels/layout/move.h"

namespace adjoint {
namespace {

ADJOINT_INLINE Move plan_border(const KernelArguments& a, const ArrayView& x, const ArrayView& y) {
    int count;
    const int64_t* before = a.list("before", &count);
    const char* mode = a.word("mode");
    const MoveMap map = mode[0] == 's' ? mirrored : mode[2] == 'f' ? reflected : clamped;  // s, re-f-lect, re-p-licate
    Move m = identity_move(x, y);
    for (int k = 0; k < m.rank; ++k) {
        if (y.shape[k] == x.shape[k]) continue;  // no border: the axis stays whole
        m.first[k] = -before[k];
        m.map[k] = map;
    }
    return m;
}
ADJOINT_INLINE Move plan_pad(const KernelArguments& a) { return plan_border(a, a.in_view(0), a.out_view(0)); }

}  // namespace
}  // namespace adjoint
