// Every planted bug must be caught, by the check that is there for it.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/battery/planted.h"

using namespace adjoint;
using namespace adjoint::planted;

TEST_SUITE_BEGIN("planted bugs");

namespace {

std::vector<Bug> all_bugs() {
    std::vector<Bug> all;
    for (auto list : {gradient_bugs, kernel_bugs, record_bugs, tape_bugs})
        for (Bug& b : list()) all.push_back(std::move(b));
    return all;
}

// Empty if the bug is caught as it must be; else what the battery said instead.
std::string escaped(const Bug& b) {
    std::vector<Failure> failures = test_operation(b.record, b.device, b.options);
    std::string said = failures.empty() ? "nothing was found" : "";
    for (const Failure& f : failures) {
        if (f.check == b.check) return "";
        said += "\n  " + f.text();
    }
    return said;
}

}  // namespace

TEST_CASE("every planted bug is caught") {
    for (const Bug& b : all_bugs()) {
        std::string said = escaped(b);
        CHECK_MESSAGE(said.empty(), b.name << " (" << b.check << "): " << said);
    }
}

TEST_CASE("the records they were planted in are right") {
    std::set<std::string> names;
    for (const Bug& b : all_bugs()) names.insert(b.record.name);
    for (const std::string& name : names)
        for (const Failure& f : test_operation(operation_named(name), Device::cpu)) FAIL_CHECK(f.text());
    Bug right = right_loop();
    for (const Failure& f : test_operation(right.record, right.device, right.options)) FAIL_CHECK(f.text());
}

TEST_SUITE_END();
