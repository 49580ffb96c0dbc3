#include "engine/device.h"

#include <cstring>

#include "engine/device_memory.h"
#include "engine/error.h"
#include "engine/isa.h"
#include "engine/parallel.h"
#if ADJOINT_WITH_GPU
#include "engine/gpu_runtime.h"
#endif

namespace adjoint {

// The GPU device that this build has: the real one or the emulated one, never both.
#if ADJOINT_EMULATED
static constexpr Device gpu_device = Device::emulated;
#else
static constexpr Device gpu_device = Device::cuda;
#endif

const char* name_of(Device d) {
    constexpr const char* names[] = {"reference", "cpu", "cuda", "emulated"};
    return names[int(d)];
}

Device device_named(const std::string& name) {
    for (int d = 0; d < 4; ++d)
        if (name == name_of(Device(d))) return Device(d);
    fail(ExitCode::usage, "device '" + name + "'", "there is no device of this name",
         "choose cpu, cuda, reference or emulated");
}

bool device_present(Device d, std::string* why_not) {
    if (on_host(d)) return true;
    std::string reason;
#if ADJOINT_WITH_GPU
    if (d == gpu_device) {
        if (gpu::device_count() > 0) return true;
        reason = "no NVIDIA GPU with a working driver was found";
    } else
#endif
        reason = d == Device::cuda ? "this program was built without CUDA"
                                   : "the emulated device exists in test builds only";
    if (why_not) *why_not = reason;
    return false;
}

void require_device(Device d) {
    std::string reason;
    if (!device_present(d, &reason))
        fail(ExitCode::no_device, std::string("device ") + name_of(d), reason, "use --device cpu");
}

std::string describe(Device d) {
    switch (d) {
        case Device::reference: return "reference: the definitions, in float64";
        case Device::cpu:
            return std::string("cpu: ") + isa_name(isa()) + ", " + std::to_string(threads()) +
                   (threads() == 1 ? " thread" : " threads");
        default: break;
    }
#if ADJOINT_WITH_GPU
    if (device_present(d)) return std::string(name_of(d)) + ": " + gpu::device_name();
#endif
    return std::string(name_of(d)) + ": not here";
}

#if ADJOINT_WITH_GPU
void* device_allocate(size_t bytes) { return gpu::allocate(bytes); }
void device_release(void* p) { gpu::release(p); }

void copy_bytes(void* to, Device to_device, const void* from, Device from_device, size_t bytes) {
    if (!bytes) return;
    if (on_host(to_device) && on_host(from_device))
        std::memmove(to, from, bytes);
    else if (on_host(from_device))
        gpu::copy_to_device(to, from, bytes);
    else if (on_host(to_device))
        gpu::copy_to_host(to, from, bytes);
    else
        gpu::copy_device_to_device(to, from, bytes);
}

void fill_bytes(void* p, Device d, int byte, size_t bytes) {
    if (!bytes) return;
    if (on_host(d))
        std::memset(p, byte, bytes);
    else
        gpu::fill(p, byte, bytes);
}

void synchronise(Device d) {
    if (!on_host(d)) gpu::synchronise();
}
#else
void* device_allocate(size_t) { require_device(Device::cuda); return nullptr; }
void device_release(void*) {}
void copy_bytes(void* to, Device to_device, const void* from, Device from_device, size_t bytes) {
    require_device(to_device);
    require_device(from_device);
    if (bytes) std::memmove(to, from, bytes);
}
void fill_bytes(void* p, Device d, int byte, size_t bytes) {
    require_device(d);
    if (bytes) std::memset(p, byte, bytes);
}
void synchronise(Device) {}
#endif

void* stream_of(Device) { return nullptr; }  // the default stream; recorded steps bring their own later

}  // namespace adjoint
