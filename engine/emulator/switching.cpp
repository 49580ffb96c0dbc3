// The ready queue, stacks, and switching between the threads of a block. A thread that never waits leaves its stack to
// the next one, so a kernel without barriers runs as a plain loop.
#include "engine/emulator/state.h"

#include <sys/mman.h>
#include <cstdlib>

namespace adjoint::emulator {
// ---- ready queue
void push_back(Thread* t) {
    t->state = State::Ready;
    sim->ring[(sim->ring_head + sim->ring_count++) & sim->ring_mask] = t;
}
void push_front(Thread* t) {
    t->state = State::Ready;
    sim->ring[--sim->ring_head & sim->ring_mask] = t;
    ++sim->ring_count;
}
Thread* pick() {
    if (!sim->ring_count) return nullptr;
    if (sim->opt.order == Order::Random && sim->ring_count > 1)
        std::swap(sim->ring[sim->ring_head & sim->ring_mask],
                  sim->ring[(sim->ring_head + unsigned(rnd() % sim->ring_count)) & sim->ring_mask]);
    --sim->ring_count;
    return sim->ring[sim->ring_head++ & sim->ring_mask];
}

// ---- stacks and switching
void fiber_main();
void give_stack(Thread* t) {
    if (sim->watched)
        t->stack = int(t->index + sim->set * (sim->stacks.size() / 2));  // one stack per TSan fiber
    else {
        t->stack = sim->free_stacks.back();
        sim->free_stacks.pop_back();
    }
    Stack& s = sim->stacks[size_t(t->stack)];
    if (!s.base) {
        s.size = sim->opt.stack_bytes ? sim->opt.stack_bytes : asan() || tsan() ? 256 * 1024 : 64 * 1024;
        void* m =
            mmap(nullptr, s.size + kGuard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (m == MAP_FAILED) {
            perror("emulator: mmap");
            abort();
        }
        mprotect(m, kGuard, PROT_NONE);  // guard page
        s.base = static_cast<char*>(m) + kGuard;
        s.left = s.base + s.size;
    }
    unpoison(s.left, size_t(s.base + s.size - s.left));
    s.fake = nullptr;
#if EMULATOR_ASM
    t->sp =
        make_frame(s.base + s.size - size_t(t->stack * 320 % 4096), fiber_main);  // stagger: fewer cache-set conflicts
#else
    getcontext(&s.uc);
    s.uc.uc_stack.ss_sp = s.base;
    s.uc.uc_stack.ss_size = s.size;
    s.uc.uc_link = nullptr;
    makecontext(&s.uc, fiber_main, 0);
#endif
}
void set_current(Thread* t) {
    sim->cur = t;
    t->state = State::Running;
    threadIdx = t->tid;
}
// from == nullptr: main; to == nullptr: main; dying: `from` is never resumed
void switch_to(Thread* from, Thread* to, bool dying) {
    ++sim->st.switches;
    if (to) {
        if (to->stack < 0) give_stack(to);
        set_current(to);
    }
    void* dummy;
    void** save = dying ? &dummy : from ? &from->sp : &sim->main_sp;
#if EMULATOR_ASM
    if (!sim->sanitized) {
        adjoint_emulator_switch(save, to ? to->sp : sim->main_sp);
        return;
    }
#endif
    Stack* fs = from ? &sim->stacks[size_t(from->stack)] : nullptr;
    Stack* ts = to ? &sim->stacks[size_t(to->stack)] : nullptr;
    void** fake = fs ? &fs->fake : &sim->main_fake;
    if (fs) fs->left = dying ? static_cast<char*>(__builtin_frame_address(0)) - kFrame : fs->base;
    sim->from_main = !from;
    if (__sanitizer_start_switch_fiber)
        __sanitizer_start_switch_fiber(dying ? nullptr : fake, ts ? ts->base : sim->main_bottom,
                                       ts ? ts->size : sim->main_size);
    if (sim->watched) __tsan_switch_to_fiber(to ? to->tsan[sim->set] : sim->main_tsan, 1 /*no happens-before edge*/);
#if EMULATOR_ASM
    adjoint_emulator_switch(save, to ? to->sp : sim->main_sp);
#else
    (void)save;
    swapcontext(fs ? &fs->uc : &sim->main_uc, ts ? &ts->uc : &sim->main_uc);
#endif
    if (__sanitizer_finish_switch_fiber) __sanitizer_finish_switch_fiber(*fake, nullptr, nullptr);
}
[[noreturn]] void leave_block() {
    switch_to(sim->cur, nullptr, true);
    __builtin_unreachable();
}
void block_current() {  // the current thread's state says what it waits for
    Thread* me = sim->cur;
    Thread* to = pick();
    if (!to) leave_block();  // deadlock: run_block() reports it
    if (to == me)
        set_current(me);
    else
        switch_to(me, to, false);
}
void fiber_main() {
    if (__sanitizer_finish_switch_fiber)
        __sanitizer_finish_switch_fiber(nullptr, sim->from_main ? &sim->main_bottom : nullptr,
                                        sim->from_main ? &sim->main_size : nullptr);
    for (;;) {
        acquire_order(&sim->start_sync);
        sim->entry(sim->closure);
        Thread* t = sim->cur;
        on_exit(t);
        Thread* to = pick();
        if (!to) leave_block();
        if (!sim->watched) {
            if (to->stack < 0) {  // fast path: a fresh thread runs on this stack, no switch
                to->stack = t->stack;
                set_current(to);
                continue;
            }
            sim->free_stacks.push_back(t->stack);
        }
        switch_to(t, to, true);
        __builtin_unreachable();
    }
}
}  // namespace adjoint::emulator
