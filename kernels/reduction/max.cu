// max: the largest number over neighbouring axes: outer × reduced × inner → outer × inner. NaN if there is one.
// dL/dx: dL/dy to the number taken, in equal shares where several are equal; second derivatives are 0 in x.
#include "kernels/reduction/extremum.h"

namespace adjoint {
ADJOINT_REDUCTION(max, ExtremumRule<1>)
}  // namespace adjoint

#if ADJOINT_HOST
namespace adjoint {

ADJOINT_OPERATION(max) {
    Operation r = extremum_record<1>("max", "y = max x");
    r.cpu = ADJOINT_CPU_KERNELS(max);
    r.gpu = ADJOINT_GPU_KERNELS(max);
    return r;
}

Tensor max(const Tensor& x, const Axes& axes) { return reduce_at_once(max_operation(), x, axes); }

}  // namespace adjoint
#endif
