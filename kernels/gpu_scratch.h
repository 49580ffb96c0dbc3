// Working memory of the launches of a GPU kernel, from the caching allocator of the device. For the GPU pass.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/memory.h"

namespace adjoint::gpu {
namespace {

#if ADJOINT_EMULATED
constexpr Device scratch_device = Device::emulated;
#else
constexpr Device scratch_device = Device::cuda;
#endif

// Memory for the time of some launches. Given back at once: whoever gets it next runs later on the same stream.
template <class T>
class GpuScratch {
public:
    explicit GpuScratch(int64_t count) : bytes_(size_t(count > 0 ? count : 1) * sizeof(T)) {
        data_ = static_cast<T*>(adjoint::allocate(scratch_device, bytes_));
    }
    ~GpuScratch() { adjoint::release(scratch_device, data_, bytes_); }
    GpuScratch(const GpuScratch&) = delete;
    GpuScratch& operator=(const GpuScratch&) = delete;
    T* data() const { return data_; }

private:
    size_t bytes_;
    T* data_;
};

}  // namespace
}  // namespace adjoint::gpu
