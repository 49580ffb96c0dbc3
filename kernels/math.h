// Functions of one number, for any scalar type in any pass.
#pragma once
#include <cmath>

#include "engine/portable.h"

namespace adjoint::math {

template <class S>
ADJOINT_BOTH ADJOINT_INLINE S exp(S x) {
    using std::exp;
    return exp(x);
}

}  // namespace adjoint::math
