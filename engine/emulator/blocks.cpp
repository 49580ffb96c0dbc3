// Running a grid block by block: shared memory with red zones and poison, deadlock reports, and the whole launch.
#include "engine/emulator/state.h"

#include <unistd.h>
#include <cstdarg>
#include <cstdlib>

namespace adjoint::emulator {
uint64_t block_epoch = 0;
void report_deadlock() {
    std::map<std::string, std::pair<unsigned, const Thread*>> groups;
    for (unsigned i = 0; i < sim->n; ++i) {
        const Thread& t = sim->threads[i];
        std::string k = t.state == State::AtBarrier ? "wait at __syncthreads"
                        : t.state == State::AtNamed ? "wait at a named barrier"
                        : t.state == State::AtWarp  ? "wait at a warp collective"
                                                    : "have left";
        if (t.state != State::Exited)
            k += std::string(" ") + base_name(t.site.file) + ":" + std::to_string(t.site.line);
        auto& e = groups[k];
        if (!e.first++) e.second = &t;
    }
    std::string m = "deadlock:";
    for (auto& [k, v] : groups) {
        char b[64];
        snprintf(b, sizeof b, ", first (%u,%u,%u)]", EMULATOR_THREAD(*v.second));
        m += " [" + std::to_string(v.first) + " threads " + k + b;
    }
    snprintf(sim->error, sizeof sim->error, "%s", m.c_str());
    sim->failed = true;
}
// n, a multiple of 8, bytes that must all be `want`. Every launch looks behind every allocation: whole words first.
void check_canary(const void* p, size_t n, unsigned char want, const char* what, size_t size) {
    uint64_t wrong = 0;
    for (size_t i = 0; i < n; i += 8) {
        uint64_t word;
        __builtin_memcpy(&word, static_cast<const char*>(p) + i, 8);
        wrong |= word ^ want * 0x0101010101010101u;
    }
    if (!wrong) return;
    for (size_t i = 0; i < n && !sim->failed; ++i)
        if (static_cast<const unsigned char*>(p)[i] != want) {
            snprintf(sim->error, sizeof sim->error, "write past the end of %s (%zu bytes), at offset +%zu", what, size,
                     i);
            sim->failed = true;
        }
}
void begin_shared() {
    ++block_epoch;
    sim->n_vars = 0;
    sim->bump = (sim->dyn_size + kCanary + 15) & ~size_t(15);
    unpoison(sim->arena, sim->dyn_size);
    poison(sim->arena + sim->dyn_size, kArena - sim->dyn_size);
    if (sim->opt.poison) fill_raw(sim->arena, sim->dyn_size + (asan() ? 0 : kCanary), 0xff);
    // Race detector: "newly allocated memory" forgets the previous block's accesses without ordering the blocks.
    if (sim->watched) __tsan_java_alloc(reinterpret_cast<unsigned long>(sim->arena), kArena + sizeof(SyncVars));
}
void end_shared() {
    if (sim->watched) __tsan_java_free(reinterpret_cast<unsigned long>(sim->arena), kArena + sizeof(SyncVars));
    if (!sim->opt.poison || asan()) return;
    check_canary(sim->arena + sim->dyn_size, kCanary, 0xff, "dynamic shared memory", sim->dyn_size);
    for (size_t i = 0; i < sim->n_vars; ++i)
        check_canary(static_cast<char*>(sim->vars[i]->ptr) + sim->vars[i]->size, kCanary, 0xff, sim->vars[i]->name,
                     sim->vars[i]->size);
}
void run_block() {
    const unsigned n = sim->n;
    sim->live = n;
    sim->at_barrier = 0;
    sim->vote_acc = 0;
    sim->vote_and = 1;
    sim->vote_or = 0;
    sim->ring_head = sim->ring_count = 0;
    for (Named& nb : sim->named) nb = {};
    for (unsigned w = 0; w < (n + 31) / 32; ++w) {
        sim->warps[w].exist = sim->warps[w].live = n - w * 32 >= 32 ? 0xffffffffu : (1u << (n - w * 32)) - 1;
        sim->warps[w].waiting = 0;
    }
    sim->free_stacks.clear();
    for (unsigned i = n; i-- > 0;) sim->free_stacks.push_back(int(i));
    for (unsigned i = 0; i < n; ++i) {
        Thread& t = sim->threads[sim->opt.order == Order::Reverse ? n - 1 - i : i];
        push_back(&t);
        t.state = State::Fresh;
        t.stack = -1;
        t.async_head = t.async_tail = t.async_group = 0;
    }
    begin_shared();
    release_order(&sim->start_sync);
    switch_to(nullptr, pick(), false);
    if (!sim->failed && sim->live) report_deadlock();
    end_shared();
    if (sim->failed && sim->watched) {  // abandoned fibers: order what they did before what main does next
        for (unsigned i = 0; i < n; ++i)
            if (sim->threads[i].state != State::Fresh) {
                __tsan_switch_to_fiber(sim->threads[i].tsan[sim->set], 1);
                release_order(&sim->end_sync);
            }
        __tsan_switch_to_fiber(sim->main_tsan, 1);
    }
    ++sim->st.blocks;
    sim->st.threads += n;
}
void set_device_access(bool device) {  // ASan: host code must not touch device memory between launches
    if (asan())
        for (auto& [p, n] : sim->allocs)
            device ? unpoison(reinterpret_cast<void*>(p), n) : poison(reinterpret_cast<void*>(p), n);
}

Options& options() { return init()->opt; }
Stats& stats() { return init()->st; }
void* dynamic_shared() { return sim->arena; }

void alloc_shared(SharedVar& v, const char* name) {  // first use in this block
    v.name = name;
    sim->bump = (sim->bump + v.align - 1) & ~(v.align - 1);
    if (sim->n_vars == kMaxVars || sim->bump + v.size + kCanary > kArena)
        fail("too much shared memory (variable %s, %zu bytes)", v.name, v.size);
    v.ptr = sim->arena + sim->bump;
    v.epoch = block_epoch;
    sim->vars[sim->n_vars++] = &v;
    sim->bump += v.size + kCanary;
    unpoison(v.ptr, v.size);
    if (sim->opt.poison) fill_raw(v.ptr, v.size + (asan() ? 0 : kCanary), 0xff);
}

void fail(const char* fmt, ...) {
    char msg[sizeof sim->error];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    if (!init()->in_kernel) throw Error({base_name(sim->site.file), sim->site.line}, msg);
    strcpy(sim->error, msg);
    sim->failed = true;
    leave_block();  // the block's fibers are abandoned; device code has no destructors to run
}

void begin_launch(Site site) { init()->site = site; }
void check_pointer_arg(const void* p, int index) {
    if (!p || sim->allocs.empty()) return;
    auto it = sim->allocs.upper_bound(reinterpret_cast<uintptr_t>(p));
    if (it != sim->allocs.begin() && reinterpret_cast<uintptr_t>(p) <= std::prev(it)->first + std::prev(it)->second)
        return;
    fail("kernel argument %d is a pointer outside every device allocation (a host pointer?)", index);
}

void run_grid(dim3 grid, dim3 block, size_t shared_bytes, void (*entry)(void*), void* closure, Likeness& like) {
    std::lock_guard lock(simulation_mutex);
    init();
    const size_t n = size_t(block.x) * block.y * block.z, nb = size_t(grid.x) * grid.y * grid.z;
    if (sim->in_kernel) throw Error({base_name(sim->site.file), sim->site.line}, "a launch from inside a kernel");
    if (n == 0 || n > 1024 || block.z > 64) fail("bad block size %u x %u x %u", block.x, block.y, block.z);
    if (nb == 0 || grid.y > 65535 || grid.z > 65535) fail("bad grid size %u x %u x %u", grid.x, grid.y, grid.z);
    if (shared_bytes > sim->opt.max_shared) fail("%zu bytes of dynamic shared memory", shared_bytes);
    if (sim->threads.size() < n) {
        sim->threads.resize(n);
        sim->warps.resize((n + 31) / 32);
        sim->stacks.resize(2 * std::bit_ceil(n));
        sim->free_stacks.reserve(n);
        sim->ring.assign(std::bit_ceil(n), nullptr);
        sim->ring_mask = unsigned(sim->ring.size() - 1);
    }
    sim->dyn_size = shared_bytes;
    sim->n = unsigned(n);
    sim->watched = tsan() && to_be_watched(like, grid, block, shared_bytes);
    for (unsigned i = 0; i < n; ++i) {
        Thread& t = sim->threads[i];
        t.index = i;
        t.tid = {i % block.x, i / block.x % block.y, i / (block.x * block.y)};
        if (sim->watched && !t.tsan[0])
            for (void*& f : t.tsan) f = __tsan_create_fiber(0);
    }
    if (tsan()) sim->main_tsan = __tsan_get_current_fiber();
    sim->entry = entry;
    sim->closure = closure;
    sim->failed = false;
    sim->rng = sim->opt.seed * 0x9e3779b97f4a7c15ull + 0x1234567;
    blockDim = block;
    gridDim = grid;
    ++sim->st.launches;
    set_device_access(true);
    sim->in_kernel = true;
    if (sim->timeout) alarm(sim->timeout);
    std::vector<uint32_t> perm;
    if (sim->opt.order == Order::Random && nb > 1) {
        perm.resize(nb);
        for (size_t i = 0; i < nb; ++i) perm[i] = uint32_t(i);
        for (size_t i = nb - 1; i > 0; --i) std::swap(perm[i], perm[rnd() % (i + 1)]);
    }
    if (tsan() && !sim->watched) begin_crowd();
    for (size_t k = 0; k < nb && !sim->failed; ++k) {
        const size_t b = !perm.empty() ? perm[k] : sim->opt.order == Order::Reverse ? nb - 1 - k : k;
        blockIdx = {unsigned(b % grid.x), unsigned(b / grid.x % grid.y), unsigned(b / (size_t(grid.x) * grid.y))};
        sim->set = sim->watched ? unsigned(k & 1) : 0;
        run_block();
    }
    acquire_order(&sim->end_sync);
    if (tsan() && !sim->watched) end_crowd();
    if (!asan())
        for (auto& [p, sz] : sim->allocs)
            check_canary(reinterpret_cast<char*>(p) + sz, kGlobalCanary, 0xcd, "a device allocation", sz);
    sim->in_kernel = false;
    sim->cur = nullptr;
    if (sim->timeout) alarm(0);
    set_device_access(false);
    if (sim->failed) {
        char where[64];
        snprintf(where, sizeof where, "block (%u,%u,%u): ", blockIdx.x, blockIdx.y, blockIdx.z);
        throw Error({base_name(sim->site.file), sim->site.line}, std::string(where) + sim->error);
    }
}
}  // namespace adjoint::emulator
