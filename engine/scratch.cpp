#include "engine/scratch.h"

#include "engine/memory.h"

namespace adjoint {

void* allocate_scratch(size_t bytes) { return allocate(Device::cpu, bytes); }
void release_scratch(void* p, size_t bytes) { release(Device::cpu, p, bytes); }

}  // namespace adjoint
