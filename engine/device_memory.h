// The GPU side of memory: the only calls between the engine and the GPU runtime (real or emulated). In builds without a
// GPU device they report that there is none.
#pragma once
#include <cstddef>

namespace adjoint {

void* device_allocate(size_t bytes);  // null when there is no memory left
void device_release(void*);

}  // namespace adjoint
