// Changing from one stack to another: a few instructions where there is an assembly form, else ucontext.
#include "engine/emulator/state.h"

#include <cstdint>

#if defined(__x86_64__) && !defined(EMULATOR_USE_UCONTEXT)
extern "C" void adjoint_emulator_switch(void** save_sp, void* load_sp);
asm(R"(
.text
.p2align 4
.globl adjoint_emulator_switch
.hidden adjoint_emulator_switch
.type adjoint_emulator_switch,@function
adjoint_emulator_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp,(%rdi)
    movq %rsi,%rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    popq %rcx
    jmp *%rcx
.size adjoint_emulator_switch,.-adjoint_emulator_switch
.section .note.GNU-stack,"",@progbits
.text
)");
void* adjoint::emulator::make_frame(char* top, void (*fn)()) {
    auto* p = reinterpret_cast<void**>(reinterpret_cast<uintptr_t>(top) & ~uintptr_t(15));
    *--p = nullptr;  // fake return address: (sp + 8) % 16 == 0 at entry
    *--p = reinterpret_cast<void*>(fn);
    for (int i = 0; i < 6; ++i) *--p = nullptr;
    return p;
}
#elif defined(__aarch64__) && !defined(EMULATOR_USE_UCONTEXT)
extern "C" void adjoint_emulator_switch(void** save_sp, void* load_sp);
asm(R"(
.text
.p2align 4
.globl adjoint_emulator_switch
.hidden adjoint_emulator_switch
.type adjoint_emulator_switch,%function
adjoint_emulator_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8,  d9,  [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8,  d9,  [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
.size adjoint_emulator_switch,.-adjoint_emulator_switch
)");
void* adjoint::emulator::make_frame(char* top, void (*fn)()) {
    auto* p = reinterpret_cast<void**>((reinterpret_cast<uintptr_t>(top) & ~uintptr_t(15)) - 160);
    for (int i = 0; i < 20; ++i) p[i] = nullptr;
    p[11] = reinterpret_cast<void*>(fn);  // x30
    return p;
}
#endif
