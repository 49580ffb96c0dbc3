// The run folder and its files: nothing that was there is lost, and metrics go on where a checkpoint stands.
#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "engine/error.h"
#include "io/atomic_file.h"
#include "tools/training/metrics_file.h"
#include "tools/training/run_folder.h"

using namespace adjoint;
namespace fs = std::filesystem;

namespace {

struct Scratch {
    fs::path path;
    Scratch() {
        char name[] = "/tmp/adjoint_test_XXXXXX";
        path = mkdtemp(name);
    }
    ~Scratch() { fs::remove_all(path); }
};

std::string content(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

ExitCode code_of(auto&& action) {
    try {
        action();
    } catch (const Error& e) {
        return e.code;
    }
    return ExitCode::done;
}

}  // namespace

TEST_SUITE_BEGIN("training");

TEST_CASE("a file that cannot be written whole leaves the old one and no remains") {
    Scratch scratch;
    const fs::path file = scratch.path / "weights";
    write_atomically(file, "old");
    // A limit on the size of files stands for a full disk.
    rlimit old_limit, limit;
    getrlimit(RLIMIT_FSIZE, &old_limit);
    limit = old_limit;
    limit.rlim_cur = 1000;
    auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    CHECK(code_of([&] { write_atomically(file, std::string(5000, 'x')); }) == ExitCode::resources);
    setrlimit(RLIMIT_FSIZE, &old_limit);
    std::signal(SIGXFSZ, old_handler);
    CHECK(content(file) == "old");
    CHECK(std::distance(fs::directory_iterator(scratch.path), fs::directory_iterator()) == 1);
    write_atomically(file, std::string(5000, 'x'));
    CHECK(content(file).size() == 5000);
}

TEST_CASE("a folder with a run is not taken for a new one, and one run at a time trains in it") {
    Scratch scratch;
    const fs::path path = scratch.path / "run";
    {
        RunFolder first = RunFolder::create(path);
        write_atomically(first.configuration(), "steps = 1\n");
        CHECK(code_of([&] { RunFolder::open(path); }) == ExitCode::usage);  // locked
    }
    CHECK(code_of([&] { RunFolder::create(path); }) == ExitCode::usage);
    CHECK(code_of([&] { RunFolder::open(path); }) == ExitCode::done);
    CHECK(code_of([&] { RunFolder::open(scratch.path / "none"); }) == ExitCode::invalid_input);
    CHECK(RunFolder::free_name(path) == scratch.path / "run-2");
    write_atomically(scratch.path / "file", "");
    CHECK(code_of([&] { RunFolder::create(scratch.path / "file"); }) == ExitCode::usage);
    CHECK(code_of([&] { RunFolder::create(scratch.path / "file" / "run"); }) == ExitCode::resources);
}

TEST_CASE("metrics resume at the checkpoint's step, without what came after it") {
    Scratch scratch;
    const fs::path path = scratch.path / "metrics.csv";
    const std::vector<std::string> columns = {"step", "loss", "psnr"};
    {
        MetricsFile file;
        file.open(path, columns);
        for (int s = 0; s < 5; ++s) file.write(s, {{"loss", 1.0 / (s + 1)}});
        file.write(5, {{"loss", 0.1}, {"psnr", 20.25}});
        CHECK_THROWS_WITH(file.write(6, {{"ssim", 1}}), doctest::Contains("no such column"));
    }
    const std::string straight = content(path);
    CHECK(straight.substr(0, 27) == "step,loss,psnr\n0,1,\n1,0.5,\n");
    std::ofstream(path, std::ios::app) << "6,0.0";  // cut off by a crash
    {
        MetricsFile file;
        file.open(path, columns, 3);
        CHECK(file.last("loss") == 1.0 / 3);
        for (int s = 3; s < 5; ++s) file.write(s, {{"loss", 1.0 / (s + 1)}});
        file.write(5, {{"psnr", 20.25}, {"loss", 0.1}});
    }
    CHECK(content(path) == straight);
    MetricsFile other;
    CHECK(code_of([&] { other.open(path, {"step", "loss"}, 3); }) == ExitCode::mismatch);
    CHECK(content(path) == straight);
}
