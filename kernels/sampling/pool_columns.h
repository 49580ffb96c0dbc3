// Which columns of a row of windows lie inside the image; for the CPU pass.
#pragma once
#include "engine/cpu_vector.h"

namespace adjoint::ADJOINT_ISA {
namespace {

// Columns j whose pixel j·stride + v − padding is inside the image: begin ≤ j < end.
ADJOINT_INLINE void inside(int64_t v, int64_t stride, int64_t padding, int64_t width, int64_t count, int64_t* begin,
                           int64_t* end) {
    *begin = v < padding ? pieces(padding - v, stride) : 0;
    *end = width + padding - v > 0 ? smaller(count, pieces(width + padding - v, stride)) : 0;
}

}  // namespace
}  // namespace adjoint::ADJOINT_ISA
