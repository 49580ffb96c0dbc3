// min: the smallest number over neighbouring axes: outer × reduced × inner → outer × inner. NaN if there is one.
// dL/dx: dL/dy to the number taken, in equal shares where several are equal; second derivatives are 0 in x.
#include "kernels/reduction/extremum.h"

namespace adjoint {
ADJOINT_REDUCTION(min, ExtremumRule<-1>)
}  // namespace adjoint

#if ADJOINT_HOST
namespace adjoint {

ADJOINT_OPERATION(min) {
    Operation r = extremum_record<-1>("min", "y = min x");
    r.cpu = ADJOINT_CPU_KERNELS(min);
    r.gpu = ADJOINT_GPU_KERNELS(min);
    return r;
}

Tensor min(const Tensor& x, const Axes& axes) { return reduce_at_once(min_operation(), x, axes); }

}  // namespace adjoint
#endif
