// A block of device memory shared by tensors, and who still needs its content.
#pragma once
#include <memory>

#include "engine/memory.h"

namespace adjoint {

class Storage {
public:
    Storage(Device device, size_t bytes) : device(device), bytes(bytes), data(allocate(device, bytes)) {}
    ~Storage() { release(device, data, bytes); }
    Storage(const Storage&) = delete;
    Storage& operator=(const Storage&) = delete;

    const Device device;
    const size_t bytes;
    void* const data;

    // How many recorded operations keep this block for their gradient, and the name of the last one that asked.
    int saved = 0;
    const char* saved_by = nullptr;
};

}  // namespace adjoint
