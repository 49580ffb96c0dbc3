// Working memory of a kernel, given back when it goes out of scope. For every pass.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/portable.h"

namespace adjoint {

void* allocate_scratch(size_t bytes);  // from the caching allocator of the cpu device; 64-byte aligned; may throw Error
void release_scratch(void* p, size_t bytes);

template <class T>
class Scratch {
public:
    ADJOINT_INLINE explicit Scratch(int64_t count)
        : bytes_(size_t(count) * sizeof(T)), data_(count ? static_cast<T*>(allocate_scratch(bytes_)) : nullptr) {}
    ADJOINT_INLINE ~Scratch() {
        if (data_) release_scratch(data_, bytes_);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ADJOINT_INLINE T* data() const { return data_; }

private:
    size_t bytes_;
    T* data_;
};

}  // namespace adjoint
