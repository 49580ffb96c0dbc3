// The tests of the emulator; or, with --bug=NAME, one kernel with a mistake (see bugs_test.cpp, which starts it so).
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "engine/error.h"
#include "tests/emulator/bugs/bugs.h"
#include "tests/emulator/run_bug.h"

static int run_bug(const std::string& name) {
    using namespace adjoint::gpu;
    for (const auto* list : {&barrier_bugs, &bounds_bugs, &race_bugs, &copy_bugs})
        for (const Bug& bug : *list) {
            if (bug.name != name) continue;
            try {
                return bug.shows() ? bug_in_result : bug_unnoticed;
            } catch (const adjoint::Error& e) {
                std::printf("%s\n", e.what());
                return bug_reported;
            }
        }
    return bug_unknown;
}

int main(int argc, char** argv) {
    if (argc == 2 && !std::strncmp(argv[1], "--bug=", 6)) return run_bug(argv[1] + 6);
    return doctest::Context(argc, argv).run();
}
