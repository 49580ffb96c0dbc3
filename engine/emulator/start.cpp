// The one simulation: made at the first use, with its options from the environment; and what is said when a kernel
// crashes.
#include "engine/emulator/state.h"

#include <signal.h>
#include <sys/mman.h>
#include <cstdlib>

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;
namespace adjoint::emulator {
Simulation* sim = nullptr;
std::recursive_mutex simulation_mutex;

void death_note() {
    if (sim && sim->in_kernel && sim->cur)
        fprintf(stderr, "emulator: in the kernel launched at %s:%d, block (%u,%u,%u), thread (%u,%u,%u)\n",
                EMULATOR_AT(sim->site), blockIdx.x, blockIdx.y, blockIdx.z, EMULATOR_THREAD(*sim->cur));
}
void on_signal(int sig, siginfo_t* si, void*) {  // plain builds: say which thread crashed, then die as usual
    fprintf(stderr, "emulator: signal %d, address %p\n", sig, si->si_addr);
    death_note();
    for (const Stack& s : sim->stacks)
        if (s.base && si->si_addr >= s.base - kGuard && si->si_addr < s.base)
            fprintf(stderr,
                    "emulator: stack overflow of a kernel thread (%zu bytes; see "
                    "adjoint::emulator::Options::stack_bytes)\n",
                    s.size);
    if (sig == SIGALRM) fprintf(stderr, "emulator: ADJOINT_EMULATOR_TIMEOUT expired (a thread spins?)\n");
    signal(sig, SIG_DFL);
    raise(sig);
}
void install_signals() {
    static char alt[65536];
    const stack_t st{alt, 0, sizeof alt};
    sigaltstack(&st, nullptr);
    struct sigaction sa = {};
    sa.sa_sigaction = on_signal;
    sa.sa_flags = SA_SIGINFO | SA_ONSTACK;
    if (!sim->sanitized)
        for (int s : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigaction(s, &sa, nullptr);
    sigaction(SIGALRM, &sa, nullptr);
}
Simulation* init() {
    if (sim) return sim;
    sim = new Simulation;
    sim->sanitized = asan() || tsan();
    Options& o = sim->opt;
    auto flag = [](const char* name, bool& v) {
        if (const char* e = getenv(name)) v = *e != '0';
    };
    if (const char* e = getenv("ADJOINT_EMULATOR_ORDER"))
        o.order = !strcmp(e, "random") ? Order::Random : !strcmp(e, "reverse") ? Order::Reverse : Order::Fifo;
    if (const char* e = getenv("ADJOINT_EMULATOR_SEED")) o.seed = strtoull(e, nullptr, 10);
    if (const char* e = getenv("ADJOINT_EMULATOR_ALIKE")) o.alike = unsigned(atoi(e));
    if (const char* e = getenv("ADJOINT_EMULATOR_PREEMPT")) o.preempt = unsigned(atoi(e));
    flag("ADJOINT_EMULATOR_POISON", o.poison);
    flag("ADJOINT_EMULATOR_STRICT", o.strict_barriers);
    flag("ADJOINT_EMULATOR_ALLOW_EXITED_LANES", o.allow_exited_lanes);
    flag("ADJOINT_EMULATOR_ALLOW_EARLY_EXIT", o.allow_early_exit);
    if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(death_note);
    if (const char* e = getenv("ADJOINT_EMULATOR_TIMEOUT")) sim->timeout = unsigned(atoi(e));
    install_signals();
    sim->arena = static_cast<char*>(
        mmap(nullptr, kArena + sizeof(SyncVars), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    sim->sync = reinterpret_cast<SyncVars*>(sim->arena + kArena);
    if (__tsan_java_init) __tsan_java_init(reinterpret_cast<unsigned long>(sim->arena), kArena + sizeof(SyncVars));
    return sim;
}
}  // namespace adjoint::emulator
