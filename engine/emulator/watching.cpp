// Which launches the race detector watches thread by thread.
//
// A launch waits for all that came before it and all that follows waits for it, so a race is between two threads of one
// launch. The battery calls a kernel dozens of times with the same sizes and other numbers, and most of the time goes to
// clocks of who waited for whom, which come out the same each time. So where Options::alike says how many, the first
// launches of a kind are watched; the others run as one thread in the detector's eyes, with everything else checked as
// ever. Launches that may read from memory where to read or write (see Likeness) are all watched.
#include "engine/emulator/state.h"

namespace adjoint::emulator {
bool in_device_memory(const void* p) {
    auto it = sim->allocs.upper_bound(reinterpret_cast<uintptr_t>(p));
    return it != sim->allocs.begin() && reinterpret_cast<uintptr_t>(p) <= std::prev(it)->first + std::prev(it)->second;
}
bool to_be_watched(Likeness& like, dim3 grid, dim3 block, size_t shared_bytes) {
    if (!sim->opt.alike || !like.comparable) return true;
    for (unsigned size : {grid.x, grid.y, grid.z, block.x, block.y, block.z}) like.add(size);
    like.add(shared_bytes);
    unsigned& times = sim->launches_alike[like.bytes];
    return times < sim->opt.alike ? ++times, true : false;
}
// A fiber of their own keeps the calls of a failed launch, which never return, off the caller's records.
void begin_crowd() {
    if (!sim->crowd_tsan) sim->crowd_tsan = __tsan_create_fiber(0);
    __tsan_switch_to_fiber(sim->crowd_tsan, 0);  // after all that the caller did
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
}
void end_crowd() {
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    __tsan_switch_to_fiber(sim->main_tsan, 0);
    if (!sim->failed) return;
    __tsan_destroy_fiber(sim->crowd_tsan);
    sim->crowd_tsan = nullptr;
}
}  // namespace adjoint::emulator
