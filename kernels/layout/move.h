// ADJOINT_MOVE(op, plan): an operation that is one move (move_plan.h), planned from its arguments by plan: its
// definition and its kernels.
#pragma once
#include "kernels/layout/move_plan.h"

#if ADJOINT_HOST
#include "engine/operation.h"
namespace adjoint {
template <Move (*plan)(const KernelArguments&), class S>
void move_definition(const KernelArguments& a) {
    const Move m = plan(a);
    for (int64_t i = 0; i < m.total; ++i) {
        const int64_t from = source_of(m, i);
        a.out<S>(0)[i] = from < 0 ? S(0.0) : a.in<S>(0)[from];
    }
}
}  // namespace adjoint
#define ADJOINT_MOVE(op, plan)                                                                                     \
    ADJOINT_DECLARE_KERNELS(op)                                                                                    \
    static Operation op##_kernels(Operation r) {                                                                   \
        r.kind = Kind::linear;                                                                                     \
        r.definition = {move_definition<plan, double>, move_definition<plan, Dual1>, move_definition<plan, Dual2>, \
                        move_definition<plan, Dual3>};                                                             \
        r.cpu = ADJOINT_CPU_KERNELS(op);                                                                           \
        r.gpu = ADJOINT_GPU_KERNELS(op);                                                                           \
        return r;                                                                                                  \
    }
#endif

#if ADJOINT_CPU
#include "kernels/layout/move_cpu.h"
#define ADJOINT_MOVE(op, plan)                                                   \
    namespace ADJOINT_ISA {                                                      \
    void op##_f32(const KernelArguments& a) { move<float>(plan(a), a); }         \
    void op##_f64(const KernelArguments& a) { move<double>(plan(a), a); }        \
    }
#endif

#if ADJOINT_GPU
#include "kernels/layout/move_gpu.h"
#define ADJOINT_MOVE(op, plan)                                                   \
    namespace gpu {                                                              \
    void op##_f32(const KernelArguments& a) { move<float>(plan(a), a); }         \
    void op##_f64(const KernelArguments& a) { move<double>(plan(a), a); }        \
    }
#endif
