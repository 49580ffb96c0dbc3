// ADJOINT_REDUCTION(op, Rule): the CPU and CUDA kernels of a reduction that is one rule (see rules.h), by pass.
// Stands in namespace adjoint; in the host pass it declares them.
#pragma once
#include "engine/kernel_pass.h"
#include "kernels/reduction/axes.h"
#include "kernels/reduction/rules.h"

#if ADJOINT_HOST
#define ADJOINT_REDUCTION(op, Rule) ADJOINT_DECLARE_KERNELS(op)
#elif ADJOINT_CPU
#include "kernels/reduction/lanes.h"
#define ADJOINT_REDUCTION(op, Rule)                                          \
    namespace ADJOINT_ISA {                                                  \
    void op##_f32(const KernelArguments& a) { reduce<Rule, float>(a); }      \
    void op##_f64(const KernelArguments& a) { reduce<Rule, double>(a); }     \
    }
#elif ADJOINT_GPU
#include "kernels/reduction/stages.h"
#define ADJOINT_REDUCTION(op, Rule)                                          \
    namespace gpu {                                                          \
    void op##_f32(const KernelArguments& a) { reduce<Rule, float>(a); }      \
    void op##_f64(const KernelArguments& a) { reduce<Rule, double>(a); }     \
    }
#endif
