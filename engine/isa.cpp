#include "engine/isa.h"

#include <cstdlib>
#include <cstring>
#include <string>

#include "engine/error.h"

namespace adjoint {

namespace {

// x86-64-v3 and x86-64-v4, as the CPU passes are compiled; the builtin also asks the operating system whether it saves
// the wide registers.
Isa best_isa() {
    __builtin_cpu_init();
    bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
              __builtin_cpu_supports("bmi2");
    bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
              __builtin_cpu_supports("avx512vl");
    return v4 ? Isa::avx512 : v3 ? Isa::avx2 : Isa::baseline;
}

Isa chosen_isa() {
    Isa best = best_isa();
#ifdef ADJOINT_ONLY_ISA
    // A quick build has the kernels of one set, the best of the machine that built it.
    const Isa only = Isa::ADJOINT_ONLY_ISA;
    if (best < only)
        fail(ExitCode::no_device, std::string("the kernels of this build, ") + isa_name(only),
             std::string("this machine goes no further than ") + isa_name(best), "build here, or without ADJOINT_QUICK");
    best = only;
#endif
    const char* asked = std::getenv("ADJOINT_ISA");
    if (!asked || !*asked) return best;
    for (Isa one : {Isa::baseline, Isa::avx2, Isa::avx512}) {
        if (std::strcmp(asked, isa_name(one)) != 0) continue;
        if (one > best)
            fail(ExitCode::usage, std::string("ADJOINT_ISA=") + asked,
                 std::string("this machine goes no further than ") + isa_name(best), "unset it, or ask for less");
#ifdef ADJOINT_ONLY_ISA
        if (one != only)
            fail(ExitCode::usage, std::string("ADJOINT_ISA=") + asked,
                 std::string("this build has the kernels of ") + isa_name(only) + " alone", "build without ADJOINT_QUICK");
#endif
        return one;
    }
    fail(ExitCode::usage, std::string("ADJOINT_ISA=") + asked, "there is no such instruction set",
         "use baseline, avx2 or avx512");
}

}  // namespace

Isa isa() {
    static const Isa chosen = chosen_isa();
    return chosen;
}

const char* isa_name(Isa which) {
    return which == Isa::avx512 ? "avx512" : which == Isa::avx2 ? "avx2" : "baseline";
}

}  // namespace adjoint
