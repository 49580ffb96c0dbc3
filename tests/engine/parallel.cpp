// Parallel loops: every item once, fixed chunks, errors, nesting, several callers, fork, changing the number of threads.
#include "engine/parallel.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "engine/error.h"

using namespace adjoint;

TEST_SUITE_BEGIN("engine");

namespace {

struct ThreadsBefore {
    int before = threads();
    ~ThreadsBefore() { set_threads(before); }
};

// Counts per item how often it was visited, and checks the chunk boundaries on the way.
bool visits_each_once(int64_t count, int64_t grain) {
    std::vector<int> visits(count, 0);
    std::atomic<bool> well_cut{true};
    parallel_for(count, grain, [&](int64_t begin, int64_t end) {
        if (begin % grain || end != std::min(count, begin + grain)) well_cut = false;
        for (int64_t i = begin; i < end; i++) visits[i]++;
    });
    for (int v : visits)
        if (v != 1) return false;
    return well_cut;
}

}  // namespace

TEST_CASE("parallel loops visit every item once, in chunks that do not depend on the threads") {
    ThreadsBefore restore;
    for (int n : {1, 2, 3, 7}) {
        set_threads(n);
        CHECK(threads() == n);
        for (int64_t count : {1, 2, 5, 64, 1000, 4097})
            for (int64_t grain : {1, 3, 64, 5000}) CHECK(visits_each_once(count, grain));
    }
    bool called = false;
    parallel_for(0, 4, [&](int64_t, int64_t) { called = true; });
    CHECK_FALSE(called);
}

TEST_CASE("parallel loops in quick succession do not mix") {
    ThreadsBefore restore;
    set_threads(3);
    for (int round = 0; round < 3000; round++) {
        std::atomic<int64_t> total{0};
        parallel_for(round % 17 + 2, 1, [&](int64_t begin, int64_t) { total += begin + 1; });
        int64_t n = round % 17 + 2;
        REQUIRE(total == n * (n + 1) / 2);
    }
}

TEST_CASE("parallel loops wake sleeping threads") {
    ThreadsBefore restore;
    set_threads(2);
    for (int round = 0; round < 5; round++) {
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
        CHECK(visits_each_once(100, 1));
    }
}

TEST_CASE("the error of the lowest chunk reaches the caller, after all chunks have run") {
    ThreadsBefore restore;
    for (int n : {1, 4}) {
        set_threads(n);
        for (int round = 0; round < 50; round++) {
            std::atomic<int> ran{0};
            std::string said;
            try {
                parallel_for(40, 1, [&](int64_t begin, int64_t) {
                    ran++;
                    if (begin % 10 == 7) throw std::runtime_error("chunk " + std::to_string(begin));
                });
            } catch (const std::runtime_error& e) {
                said = e.what();
            }
            CHECK(said == "chunk 7");
            CHECK(ran == 40);
        }
        CHECK(visits_each_once(100, 3));  // and the pool still works
    }
}

TEST_CASE("a nested loop runs on its own thread") {
    ThreadsBefore restore;
    set_threads(4);
    std::vector<int> visits(64, 0);
    std::atomic<bool> same_thread{true};
    parallel_for(8, 1, [&](int64_t outer, int64_t) {
        std::thread::id me = std::this_thread::get_id();
        parallel_for(8, 1, [&](int64_t inner, int64_t) {
            if (std::this_thread::get_id() != me) same_thread = false;
            visits[outer * 8 + inner]++;
        });
    });
    CHECK(same_thread);
    for (int v : visits) CHECK(v == 1);
}

TEST_CASE("several threads of the program may run loops at once") {
    ThreadsBefore restore;
    set_threads(3);
    std::atomic<int> good{0};
    std::vector<std::thread> callers;
    for (int c = 0; c < 4; c++)
        callers.emplace_back([&] {
            for (int round = 0; round < 200; round++) good += visits_each_once(300, 7);
        });
    for (std::thread& t : callers) t.join();
    CHECK(good == 800);
}

TEST_CASE("the number of threads may change inside a loop and takes effect afterwards") {
    ThreadsBefore restore;
    set_threads(2);
    parallel_for(4, 1, [&](int64_t begin, int64_t) { set_threads(int(begin) + 2); });
    CHECK(visits_each_once(1000, 1));
    CHECK_THROWS_AS(set_threads(0), Error);
}

#ifndef __SANITIZE_THREAD__  // the thread sanitizer ends a child of fork() that starts threads
TEST_CASE("a forked child has loops of its own") {
    ThreadsBefore restore;
    set_threads(3);
    CHECK(visits_each_once(100, 1));
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) _exit(visits_each_once(1000, 1) && visits_each_once(1000, 10) ? 0 : 1);
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(visits_each_once(100, 1));
}
#endif

TEST_SUITE_END();
