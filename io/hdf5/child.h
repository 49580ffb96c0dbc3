// Work that may crash, in a process of its own.
//
// The HDF5 library is large, and damaged files have made it overrun its buffers (CVE-2025-2310, -6269, -6750 and more).
// It therefore reads in a child process: without core dumps, without writing files, with bounded memory and time. What
// comes back are bytes, read with the same care as a file. A crash there is an Error here.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>

#include "io/input.h"

namespace adjoint {

// The child's way to speak to its parent. In the child nothing may be used that another thread can have locked at the
// fork: no tensors, no streams; strings and vectors are safe.
class ChildOutput {
public:
    explicit ChildOutput(int pipe) : pipe_(pipe) {}
    void write(const void* data, size_t bytes);
    template <class T>
    void number(T value) {
        static_assert(std::is_trivially_copyable_v<T>);
        write(&value, sizeof value);
    }
    void text(std::string_view t) {
        number(uint64_t(t.size()));
        write(t.data(), t.size());
    }

private:
    int pipe_;
};

struct ChildLimits {
    uint64_t memory = uint64_t(1) << 30;  // bytes beyond what the process has now
    uint64_t answer = uint64_t(1) << 30;  // bytes that may come back
    unsigned seconds = 60;                // of processor time
};

// For reading a part of a file: what its size lets one expect, and a gigabyte or two. Errors: it is no file.
ChildLimits limits_for(const std::filesystem::path&);

// What `work` wrote. An Error that it throws is thrown here. Errors: invalid_input (it crashed or went beyond a limit:
// "reading FILE: ..."), resources (no process could be started).
std::string in_child(const std::string& file, const ChildLimits&, const std::function<void(ChildOutput&)>& work);

// The parent's side of ChildOutput::number and text: what a child says is read with the same care as a file.
template <class T>
T number_from(Input& answer) {
    T value;
    answer.read(&value, sizeof value, "the HDF5 library's answer");
    return value;
}
std::string text_from(Input& answer);

// Held by whatever uses the HDF5 library in this process (the writer), for it is not made for threads, and a child must
// not begin with half of a change.
std::mutex& hdf5_mutex();

}  // namespace adjoint
