// The four devices, and the memory that belongs to each. Only this file and engine/gpu.h know about streams.
#pragma once
#include <cstddef>
#include <string>

namespace adjoint {

// reference: runs the definitions, in float64 or dual numbers: the oracle.  cpu: the fast kernels of the machine.
// cuda: the first GPU.  emulated: the CUDA kernels run on the processor (test builds only).
enum class Device { reference, cpu, cuda, emulated };

const char* name_of(Device);
Device device_named(const std::string& name);    // errors: unknown name (usage)
bool device_present(Device, std::string* why_not = nullptr);
void require_device(Device);                     // errors: no_device, saying why
std::string describe(Device);                    // "cpu: AVX-512, 2 threads", "cuda: NVIDIA H100"

// Bytes from one device's memory to another's (either may be host memory: reference and cpu). Waits until done.
void copy_bytes(void* to, Device to_device, const void* from, Device from_device, size_t bytes);
void fill_bytes(void* p, Device, int byte, size_t bytes);
void synchronise(Device);    // waits for all kernels started on the device
void* stream_of(Device);     // what GPU launchers receive; null on host devices

inline bool on_host(Device d) { return d == Device::reference || d == Device::cpu; }

}  // namespace adjoint
