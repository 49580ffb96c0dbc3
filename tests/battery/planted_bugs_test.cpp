// Every planted bug must be caught, by the check that is there for it.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "tests/battery/planted.h"

using namespace adjoint;
using namespace adjoint::planted;

TEST_SUITE_BEGIN("planted bugs");

namespace {

std::vector<Bug> all_bugs() {
    std::vector<Bug> all;
    for (auto list : {gradient_bugs, kernel_bugs, record_bugs, tape_bugs, gpu_bugs})
        for (Bug& b : list()) all.push_back(std::move(b));
    return all;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool instrumented = true;
#else
constexpr bool instrumented = false;
#endif

#ifdef __SANITIZE_THREAD__
constexpr bool finds_races = true;
#else
constexpr bool finds_races = false;
#endif

// Small samples on the emulated device under a sanitizer, as for the battery itself: they are enough for those bugs, and
// the larger ones take as long as all other bugs together, twice.
BatteryOptions options_of(const Bug& b) {
    return instrumented && b.device == Device::emulated ? small_battery(b.device) : b.options;
}

// Empty if the bug is caught as it must be; else what the battery said instead.
std::string escaped(const Bug& b) {
    BatteryOptions options = options_of(b);
    options.until = b.check;
    std::vector<Failure> failures = test_operation(b.record, b.device, options);
    std::string said = failures.empty() ? "nothing was found" : "";
    for (const Failure& f : failures) {
        if (f.check == b.check) return "";
        said += "\n  " + f.text();
    }
    return said;
}

// The same in a process of its own: there a sanitizer may find the bug first, and end the process.
std::string escaped_in_a_child(size_t index) {
    std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
    std::string command = "ADJOINT_PLANTED=" + std::to_string(index) + " '" + program +
                          "' --no-skip --test-case='one planted bug' 2>&1";
    FILE* child = popen(command.c_str(), "r");
    REQUIRE(child);
    std::string said;
    for (char line[512]; std::fgets(line, sizeof line, child);) said += line;
    pclose(child);
    for (const char* sign : {"caught by the battery", "ERROR: AddressSanitizer", "WARNING: ThreadSanitizer"})
        if (said.find(sign) != std::string::npos) return "";
    return said;
}

}  // namespace

TEST_CASE("every planted bug is caught") {
    const std::vector<Bug> bugs = all_bugs();
    for (size_t i = 0; i < bugs.size(); ++i) {
        if (bugs[i].finder == Finder::thread_sanitizer && !finds_races) continue;
        std::string said = instrumented ? escaped_in_a_child(i) : escaped(bugs[i]);
        CHECK_MESSAGE(said.empty(), bugs[i].name << " (" << bugs[i].check << "): " << said);
    }
}

// What the test above runs in its children.
TEST_CASE("one planted bug" * doctest::skip()) {
    const char* index = std::getenv("ADJOINT_PLANTED");
    REQUIRE(index);
    std::string said = escaped(all_bugs().at(size_t(std::atoi(index))));
    std::puts(said.empty() ? "caught by the battery" : said.c_str());
}

TEST_CASE("the records they were planted in are right") {
    std::set<std::string> names;
    for (const Bug& b : all_bugs()) names.insert(b.record.name);
    for (const std::string& name : names)
        for (const Failure& f : test_operation(operation_named(name), Device::cpu)) FAIL_CHECK(f.text());
    std::vector<Bug> right = right_gpu_kernels();
    right.push_back(right_loop());
    for (const Bug& b : right)
        for (const Failure& f : test_operation(b.record, b.device, options_of(b))) FAIL_CHECK(f.text());
}

TEST_SUITE_END();
