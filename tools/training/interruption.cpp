#include "tools/training/interruption.h"

#include <csignal>

namespace adjoint {

namespace {

volatile std::sig_atomic_t received = 0;
struct sigaction old_interrupt, old_terminate, old_hang_up;

void remember(int signal) { received = signal; }

}  // namespace

Interruption::Interruption() {
    struct sigaction action = {};
    action.sa_handler = remember;
    // SA_RESETHAND: the second signal has its default meaning. SA_RESTART: writes in flight are not cut off.
    action.sa_flags = int(SA_RESETHAND) | SA_RESTART;
    sigaction(SIGINT, &action, &old_interrupt);
    sigaction(SIGTERM, &action, &old_terminate);
    // The terminal is closed, a connection lost; but nohup has asked that the run go on.
    sigaction(SIGHUP, nullptr, &old_hang_up);
    if (old_hang_up.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
}

Interruption::~Interruption() {
    sigaction(SIGINT, &old_interrupt, nullptr);
    sigaction(SIGTERM, &old_terminate, nullptr);
    sigaction(SIGHUP, &old_hang_up, nullptr);
    received = 0;
}

bool Interruption::asked() { return received != 0; }

const char* Interruption::name() {
    return received == SIGTERM ? "SIGTERM" : received == SIGHUP ? "SIGHUP" : "SIGINT";
}

}  // namespace adjoint
