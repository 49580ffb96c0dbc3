// An array in GPU memory that lives as long as its variable; for the tests of the emulator.
#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "engine/gpu_runtime.h"

namespace adjoint::gpu {

template <class T>
class DeviceVector {
public:
    explicit DeviceVector(size_t size) : size_(size), data_(static_cast<T*>(allocate(size * sizeof(T)))) {}
    explicit DeviceVector(const std::vector<T>& host) : DeviceVector(host.size()) {
        copy_to_device(data_, host.data(), size_ * sizeof(T));
    }
    ~DeviceVector() { release(data_); }
    DeviceVector(const DeviceVector&) = delete;
    DeviceVector& operator=(const DeviceVector&) = delete;

    T* data() { return data_; }
    void clear() { fill(data_, 0, size_ * sizeof(T)); }
    std::vector<T> to_host() const {
        std::vector<T> host(size_);
        copy_to_host(host.data(), data_, size_ * sizeof(T));
        return host;
    }

private:
    size_t size_;
    T* data_;
};

// The first place where two arrays differ, in words; empty when they are equal. NaN differs from everything.
template <class T>
std::string difference(const std::vector<T>& got, const std::vector<T>& expected) {
    if (got.size() != expected.size())
        return std::to_string(got.size()) + " values instead of " + std::to_string(expected.size());
    for (size_t i = 0; i < got.size(); ++i)
        if (!(got[i] == expected[i]))
            return std::string("[") + std::to_string(i) + "] is " + std::to_string(got[i]) + ", expected " +
                   std::to_string(expected[i]);
    return "";
}

// 0, 1, 2, …
inline std::vector<float> counting(int n) {
    std::vector<float> v;
    for (int i = 0; i < n; ++i) v.push_back(float(i));
    return v;
}

}  // namespace adjoint::gpu
