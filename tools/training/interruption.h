// Being asked to stop: Ctrl-C (SIGINT), SIGTERM and a closed terminal (SIGHUP, unless nohup ignores it), noticed between
// two steps so that a checkpoint can be saved first.
#pragma once

namespace adjoint {

// From construction to destruction the first of these signals is only remembered; a second one ends the program at
// once (a checkpoint is never half written: see io). Afterwards the signals mean what they meant before.
class Interruption {
public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    static bool asked();        // has a signal come?
    static const char* name();  // "SIGINT", "SIGTERM", "SIGHUP"
};

}  // namespace adjoint
