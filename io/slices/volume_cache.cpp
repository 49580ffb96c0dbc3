#include "io/slices/volume_cache.h"

#include <algorithm>

namespace adjoint {

Tensor VolumeCache::get(const std::filesystem::path& path, const std::function<Tensor()>& load) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.path == path; });
    if (found != entries_.end()) {
        entries_.splice(entries_.begin(), entries_, found);
        return entries_.front().volume;
    }
    const Tensor volume = load();
    entries_.push_front({path, volume});
    bytes_ += volume.bytes();
    while (bytes_ > limit_ && !entries_.empty()) {
        bytes_ -= entries_.back().volume.bytes();
        entries_.pop_back();
    }
    return volume;
}

}  // namespace adjoint
