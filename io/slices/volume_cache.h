// Whole volumes kept in memory, the ones used last, up to a number of bytes: where a file gives single slices only by
// reading all that comes before them (compressed NIfTI, NumPy arrays in Fortran order).
#pragma once
#include <filesystem>
#include <functional>
#include <list>
#include <mutex>

#include "engine/tensor.h"

namespace adjoint {

class VolumeCache {
public:
    explicit VolumeCache(size_t bytes) : limit_(bytes) {}
    // The volume of this file, from memory or by `load`. From any thread; one load at a time.
    Tensor get(const std::filesystem::path&, const std::function<Tensor()>& load);

private:
    struct Entry {
        std::filesystem::path path;
        Tensor volume;
    };
    std::mutex mutex_;
    std::list<Entry> entries_;  // used last first
    size_t limit_, bytes_ = 0;
};

}  // namespace adjoint
