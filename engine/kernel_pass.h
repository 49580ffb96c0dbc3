// For the CPU and GPU passes of an op file: names the two builds of a kernel written as a template over the scalar.
//
//   #if ADJOINT_CPU
//   namespace adjoint::ADJOINT_ISA { namespace { template <class T> void relu(const KernelArguments& a) {…} }
//   ADJOINT_KERNELS(relu) }
//   #endif
//
// The macro must stand in the pass's namespace (adjoint::ADJOINT_ISA or adjoint::gpu) and the template in an anonymous one.
#pragma once
#include "engine/kernel_arguments.h"

#define ADJOINT_KERNELS(f) ADJOINT_KERNELS_FROM(f, f)
// Kernel name f from a template of another name.
#define ADJOINT_KERNELS_FROM(f, body)                                                  \
    void f##_f32(const ::adjoint::KernelArguments& a) { body<float>(a); }               \
    void f##_f64(const ::adjoint::KernelArguments& a) { body<double>(a); }
