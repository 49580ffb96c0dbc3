// A caching allocator per device: freed blocks are kept in size classes and handed out again, so that a training step
// asks nothing of the system once it has run. Blocks are aligned to 64 bytes (2 MB from 2 MB on, for huge pages).
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "engine/device.h"

namespace adjoint {

struct MemoryUse {
    size_t current = 0;  // bytes in live tensors
    size_t peak = 0;     // highest `current` since the last reset_peak
    size_t cached = 0;   // bytes kept for reuse
};

void* allocate(Device, size_t bytes);  // errors: resources, naming the size, what is in use and the remedies
void release(Device, void* p, size_t bytes);
MemoryUse memory_use(Device);
void reset_peak(Device);
void release_cache(Device);            // gives kept blocks back to the system

// Checking mode, for tests: every block is filled with NaN bits and framed by guard words. A kernel that reads what
// nobody wrote yields NaN; one that writes outside its tensors is found here. On from construction to destruction.
class GuardedMemory {
public:
    GuardedMemory();
    ~GuardedMemory();
    // Blocks (live or freed since the start) whose guards were overwritten, as sentences. Empty: all is well.
    std::vector<std::string> violations() const;
};

// A limit for tests of the out-of-memory path: allocations beyond it fail. 0: none.
void set_memory_limit(Device, size_t bytes);

}  // namespace adjoint
