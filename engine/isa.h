// Which vector instructions this machine has, and the choice between the three builds of every CPU kernel.
//
// A CPU kernel is compiled once per instruction set (see CMakeLists.txt), each time in its own namespace; the best one
// that the machine can run is chosen when the program starts. Nothing else in the program uses more than plain x86-64.
#pragma once
#include "engine/kernel_arguments.h"

namespace adjoint {

enum class Isa { baseline, avx2, avx512 };

// The best set that processor and operating system support, or a lower one asked for by the environment
// variable ADJOINT_ISA=baseline|avx2|avx512 (read once).
Isa isa();
const char* isa_name(Isa);

// Declares the three builds of a CPU kernel; use at namespace adjoint scope in the host pass.
#define ADJOINT_DECLARE_CPU(name)                              \
    namespace isa_baseline { void name(const KernelArguments&); } \
    namespace isa_avx2 { void name(const KernelArguments&); }     \
    namespace isa_avx512 { void name(const KernelArguments&); }

// The build of `name` for this machine. For functions of any one signature, also those that are not kernels.
template <class Function>
Function choose_isa(Function baseline, Function avx2, Function avx512) {
    return isa() == Isa::avx512 ? avx512 : isa() == Isa::avx2 ? avx2 : baseline;
}
#define ADJOINT_CHOOSE_CPU(name) \
    ::adjoint::choose_isa(&::adjoint::isa_baseline::name, &::adjoint::isa_avx2::name, &::adjoint::isa_avx512::name)

}  // namespace adjoint
