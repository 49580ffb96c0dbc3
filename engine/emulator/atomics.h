// Atomic functions of device code. One thread of the system runs all of a kernel's threads, so a plain
// read-modify-write is atomic; under the thread sanitizer real (relaxed) atomics tell the race detector so.
#pragma once
#include "engine/emulator/emulator.h"

namespace adjoint::emulator::detail {
template <class T, class F>
__forceinline__ T rmw(T* p, F f) {
    preempt();
#if EMULATOR_TSAN
    T old, neu;
    __atomic_load(p, &old, __ATOMIC_RELAXED);
    do {
        neu = f(old);
    } while (!__atomic_compare_exchange(p, &old, &neu, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return old;
#else
    T old = *p;
    *p = f(old);
    return old;
#endif
}
template <class T>
struct same {
    using type = T;
};
template <class T>
using same_t = typename same<T>::type;
}  // namespace adjoint::emulator::detail
#define EMULATOR_ATOMIC(NAME, EXPR)                                               \
    template <class T>                                                            \
    T NAME(T* p, adjoint::emulator::detail::same_t<T> v) {                        \
        return adjoint::emulator::detail::rmw(p, [v](T o) -> T { return EXPR; }); \
    }
EMULATOR_ATOMIC(atomicAdd, o + v)
EMULATOR_ATOMIC(atomicSub, o - v)
EMULATOR_ATOMIC(atomicMin, v < o ? v : o)
EMULATOR_ATOMIC(atomicMax, v > o ? v : o)
EMULATOR_ATOMIC(atomicAnd, o& v)
EMULATOR_ATOMIC(atomicOr, o | v)
EMULATOR_ATOMIC(atomicXor, o ^ v)
EMULATOR_ATOMIC(atomicExch, (void(o), v))
EMULATOR_ATOMIC(atomicInc, o >= v ? T(0) : o + 1)
EMULATOR_ATOMIC(atomicDec, (o == 0 || o > v) ? v : o - 1)
#undef EMULATOR_ATOMIC
template <class T>
T atomicCAS(T* p, adjoint::emulator::detail::same_t<T> cmp, adjoint::emulator::detail::same_t<T> v) {
    return adjoint::emulator::detail::rmw(p, [=](T o) -> T { return o == cmp ? v : o; });
}
