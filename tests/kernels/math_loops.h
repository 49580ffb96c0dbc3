// Plain loops over the functions of kernels/math.h, built in every CPU pass, for math_accuracy.cpp.
#pragma once
#include <cstdint>

namespace adjoint {

using FloatLoop = void (*)(const float*, float*, int64_t);
using DoubleLoop = void (*)(const double*, double*, int64_t);

#define ADJOINT_MATH_LOOPS(isa)                     \
    namespace isa {                                 \
    FloatLoop math_loop_f32(const char* function);  \
    DoubleLoop math_loop_f64(const char* function); \
    }
ADJOINT_MATH_LOOPS(isa_baseline)
ADJOINT_MATH_LOOPS(isa_avx2)
ADJOINT_MATH_LOOPS(isa_avx512)

}  // namespace adjoint
