// Barriers, warp collectives, named barriers, fences and asynchronous copies: where threads wait for each other, and
// what is checked when they meet.
#include "engine/emulator/state.h"

namespace adjoint::emulator {
// ---- synchronisation
void release_barrier() {
    const Thread* ref = nullptr;
    for (unsigned i = 0; i < sim->n; ++i) {
        const Thread& t = sim->threads[i];
        if (t.state != State::AtBarrier) continue;
        if (!ref)
            ref = &t;
        else if (sim->opt.strict_barriers && (t.site.line != ref->site.line || t.site.file != ref->site.file))
            fail("divergent __syncthreads: thread (%u,%u,%u) is at %s:%d, thread (%u,%u,%u) at %s:%d",
                 EMULATOR_THREAD(*ref), EMULATOR_AT(ref->site), EMULATOR_THREAD(t), EMULATOR_AT(t.site));
    }
    if (!sim->opt.allow_early_exit && sim->live != sim->n && ref)
        fail("__syncthreads at %s:%d after %u threads of the block have left the kernel", EMULATOR_AT(ref->site),
             sim->n - sim->live);
    ++sim->st.barriers;
    sim->at_barrier = 0;
    sim->parity ^= 1;
    sim->vote_res[0] = sim->vote_acc;
    sim->vote_res[1] = sim->vote_and;
    sim->vote_res[2] = sim->vote_or;
    sim->vote_acc = 0;
    sim->vote_and = 1;
    sim->vote_or = 0;
    for (unsigned k = 0; k < sim->n; ++k) {
        Thread& t = sim->threads[sim->opt.order == Order::Reverse ? sim->n - 1 - k : k];
        if (t.state == State::AtBarrier) push_back(&t);
    }
}
// Complete the warp collective over `mask` if all its live lanes have arrived.
bool try_warp(Warp& w, Thread* base, uint32_t mask) {
    const uint32_t need = mask & w.live;
    if (!need || (w.waiting & need) != need) return false;
    void* args[32] = {};
    const Thread& ref = base[__builtin_ctz(need)];
    if (!sim->opt.allow_exited_lanes && (mask & w.exist) != need)
        fail("warp collective at %s:%d: the mask names lane %d, which has left the kernel", EMULATOR_AT(ref.site),
             __builtin_ctz(mask & w.exist & ~need));
    for (uint32_t m = need; m; m &= m - 1) {
        const Thread& t = base[__builtin_ctz(m)];
        if (t.fn != ref.fn || t.mask != ref.mask)
            fail("mismatched warp collective: thread (%u,%u,%u) is at %s:%d, thread (%u,%u,%u) at %s:%d (different %s)",
                 EMULATOR_THREAD(ref), EMULATOR_AT(ref.site), EMULATOR_THREAD(t), EMULATOR_AT(t.site),
                 t.mask != ref.mask ? "masks" : "operations");
        if (sim->opt.strict_barriers && t.site.line != ref.site.line && !t.sync)
            fail("divergent warp collective: thread (%u,%u,%u) is at %s:%d, thread (%u,%u,%u) at %s:%d",
                 EMULATOR_THREAD(ref), EMULATOR_AT(ref.site), EMULATOR_THREAD(t), EMULATOR_AT(t.site));
        args[__builtin_ctz(m)] = t.arg;
    }
    ++sim->st.warp_ops;
    ref.fn(args, need);
    w.waiting &= ~need;
    if (ref.sync) w.parity ^= 1;
    for (uint32_t m = need; m;) {  // depth first (cache locality): the warp goes to the front of the queue
        const int l = sim->opt.order == Order::Reverse ? __builtin_ctz(m) : 31 - __builtin_clz(m);
        m &= ~(1u << l);
        push_front(&base[l]);
    }
    return true;
}
void on_exit(Thread* t) {
    t->state = State::Exited;
    --sim->live;
    release_order(&sim->end_sync);
    Warp& w = sim->warps[t->index / 32];
    w.live &= ~(1u << (t->index & 31));
    Thread* base = &sim->threads[t->index & ~31u];
    for (uint32_t m = w.waiting; m; m &= m - 1) {  // lanes waiting for a group that names this one
        const Thread& o = base[__builtin_ctz(m)];
        if (o.mask >> (t->index & 31) & 1 && try_warp(w, base, o.mask)) break;
    }
    if (sim->live && sim->at_barrier == sim->live) release_barrier();
}

void sync_block(const char* file, int line) {
    Thread* t = sim->cur;
    t->site = {file, line};
    t->state = State::AtBarrier;
    void* sync = &sim->sync->block[sim->parity];
    release_order(sync);
    if (++sim->at_barrier == sim->live) release_barrier();
    block_current();
    acquire_order(sync);
}
int sync_block_vote(Vote v, int pred, const char* file, int line) {
    sim->vote_acc += pred != 0;
    sim->vote_and &= pred != 0;
    sim->vote_or |= pred != 0;
    sync_block(file, line);
    return sim->vote_res[int(v)];
}
// PTX bar.sync / bar.arrive id, nthreads (ids 1..15; id 0 is __syncthreads)
void named_barrier(int id, int nthreads, bool wait, const char* file, int line) {
    Site s{file, line};
    if (id < 1 || id > 15 || nthreads <= 0 || nthreads % 32)
        fail("named barrier: bad id or thread count at %s:%d", EMULATOR_AT(s));
    Named& b = sim->named[id];
    if (b.arrived && b.expected != nthreads) fail("named barrier: different thread counts at %s:%d", EMULATOR_AT(s));
    b.expected = nthreads;
    void* sync = &sim->sync->named[id];
    release_order(sync);
    Thread* t = sim->cur;
    if (wait) {
        t->site = s;
        t->state = State::AtNamed;
        t->next = b.waiters;
        b.waiters = t;
    }
    if (++b.arrived == nthreads) {
        for (Thread* w = b.waiters; w; w = w->next) push_back(w);
        b.waiters = nullptr;
        b.arrived = 0;
    }
    if (wait) {
        block_current();
        acquire_order(sync);
    }
}
void warp_collective(uint32_t mask, WarpFn fn, void* arg, bool is_sync, const char* file, int line) {
    Thread* t = sim->cur;
    const unsigned lane = t->index & 31;
    t->site = {file, line};
    if (!(mask >> lane & 1))
        fail("thread (%u,%u,%u) calls a warp collective at %s:%d with a mask that does not name it",
             EMULATOR_THREAD(*t), EMULATOR_AT(t->site));
    t->mask = mask;
    t->fn = fn;
    t->arg = arg;
    t->sync = is_sync;
    t->state = State::AtWarp;
    Warp& w = sim->warps[t->index / 32];
    w.waiting |= 1u << lane;
    void* sync = &sim->sync->warp[t->index / 32][w.parity];
    if (is_sync) release_order(sync);
    try_warp(w, &sim->threads[t->index & ~31u], mask);
    block_current();
    if (is_sync) acquire_order(sync);
}
uint32_t live_lanes() { return sim->warps[sim->cur->index / 32].live; }
void preempt() {
    if (!sim || !sim->opt.preempt || sim->opt.order != Order::Random || !sim->in_kernel || rnd() % sim->opt.preempt)
        return;
    push_back(sim->cur);
    block_current();
}
// Approximation: fences order each other.  Enough for "write, fence, atomic counter, last block reads".
void fence() {
    acquire_order(&sim->fence_sync);
    release_order(&sim->fence_sync);
    preempt();
}
void async_queue(const AsyncCopy& c) {
    Thread* t = sim->cur;
    if (!t->async) t->async = new AsyncCopy[kMaxAsync];
    if (t->async_tail == kMaxAsync) fail("too many pending cp.async copies in one thread");
    t->async[t->async_tail] = c;
    t->async[t->async_tail++].group = t->async_group;
}
void async_commit() { ++sim->cur->async_group; }
bool async_next(int keep, AsyncCopy& out) {
    Thread* t = sim->cur;
    if (t->async_head == t->async_tail) {
        t->async_head = t->async_tail = 0;
        return false;
    }
    out = t->async[t->async_head];
    if (out.group + unsigned(keep) >= t->async_group) {  // the rest stays: move it down
        if (t->async_head) {
            unsigned k = 0;
            for (unsigned i = t->async_head; i < t->async_tail; ++i) t->async[k++] = t->async[i];
            t->async_head = 0;
            t->async_tail = k;
        }
        return false;
    }
    ++t->async_head;
    return true;
}

}  // namespace adjoint::emulator
