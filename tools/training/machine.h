// The machine and the process, as a run's manifest names them.
#pragma once
#include <cstddef>
#include <string>

namespace adjoint {

std::string processor_name();     // "Intel(R) Xeon(R) Platinum 8370C"; "unknown" where the system does not say
int processor_count();            // cores this process may run on
size_t memory_of_machine();       // bytes
size_t peak_memory_of_process();  // bytes, resident
std::string system_name();        // "Linux 6.1.0 x86_64"
std::string time_text();          // now, in UTC: "2026-11-25T07:40:12Z"

}  // namespace adjoint
