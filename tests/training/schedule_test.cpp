// The learning rate's schedules against their formulas, at their ends and in between.
#include <doctest/doctest.h>

#include <cmath>

#include "engine/error.h"
#include "tools/training/schedule.h"

using namespace adjoint;

TEST_SUITE_BEGIN("training");

TEST_CASE("a warm-up rises linearly and reaches the rate at its last step") {
    Schedule s{.rate = 0.4, .warm_up = 4};
    CHECK(s.at(0, 100) == doctest::Approx(0.1));
    CHECK(s.at(1, 100) == doctest::Approx(0.2));
    CHECK(s.at(3, 100) == doctest::Approx(0.4));
    CHECK(s.at(4, 100) == doctest::Approx(0.4));
    CHECK(s.at(99, 100) == doctest::Approx(0.4));
}

TEST_CASE("steps fall by the factor, counted from the end of the warm-up") {
    Schedule s{.rate = 1, .shape = ScheduleShape::step, .warm_up = 5, .every = 10, .factor = 0.5};
    CHECK(s.at(5, 100) == 1);
    CHECK(s.at(14, 100) == 1);
    CHECK(s.at(15, 100) == 0.5);
    CHECK(s.at(35, 100) == 0.125);
}

TEST_CASE("a cosine starts at the rate, is half way in the middle and ends at its last value") {
    Schedule s{.rate = 1, .shape = ScheduleShape::cosine, .warm_up = 0, .last = 0.2};
    CHECK(s.at(0, 100) == doctest::Approx(1));
    CHECK(s.at(50, 100) == doctest::Approx(0.6));
    CHECK(s.at(25, 100) == doctest::Approx(0.2 + 0.8 * (1 + std::cos(M_PI / 4)) / 2));
    CHECK(s.at(100, 100) == doctest::Approx(0.2));
    CHECK(s.at(1000, 100) == doctest::Approx(0.2));
}

TEST_CASE("an unknown schedule is refused with the names there are") {
    CHECK_THROWS_WITH(schedule_named("linear"), doctest::Contains("constant, step or cosine"));
    CHECK(schedule_named("cosine") == ScheduleShape::cosine);
}
