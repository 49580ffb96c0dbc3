// Reading and writing bytes: nothing beyond the file's end, and nothing lost when a disk is full.
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "io/atomic_file.h"
#include "tests/io/io_test.h"

using namespace adjoint;
using namespace adjoint::io_test;

TEST_SUITE_BEGIN("io");

TEST_CASE("a file is read in any portions, and not beyond its end") {
    Scratch scratch;
    std::string bytes;
    for (int i = 0; i < 300000; ++i) bytes += char(i * 7 + i / 256);
    put(scratch / "file", bytes);
    FileInput input(scratch / "file");
    CHECK(input.size() == bytes.size());
    std::string copy;
    for (size_t n = 1; input.most_left() > 0; n = n * 3 + 1) {
        std::string portion(std::min<size_t>(n, input.most_left()), '\0');
        input.read(portion.data(), portion.size(), "a portion");
        copy += portion;
    }
    CHECK(copy == bytes);
    char one;
    const auto error = error_of([&] { input.read(&one, 1, "field 'dim'"); });
    REQUIRE(error);
    CHECK(error->code == ExitCode::invalid_input);
    CHECK(std::string(error->what()).find("field 'dim' needs 1 bytes, but 0 are left") != std::string::npos);
    input.rewind();
    input.skip(299999, "much");
    input.read(&one, 1, "the last byte");
    CHECK(one == bytes.back());
    CHECK(error_of([&] { input.skip(UINT64_MAX, "a jump"); }));
    CHECK(input.most_left() == 0);
}

TEST_CASE("what is no file is refused by name") {
    Scratch scratch;
    auto message = [](const std::filesystem::path& path) {
        const auto error = error_of([&] { FileInput input(path); });
        REQUIRE(error);
        CHECK(error->code == ExitCode::invalid_input);
        return std::string(error->what());
    };
    CHECK(message(scratch / "none").find("none: there is no such file") != std::string::npos);
    CHECK(message(scratch.path).find("it is a folder") != std::string::npos);
    ::mkfifo((scratch / "pipe").c_str(), 0600);
    CHECK(message(scratch / "pipe").find("it is not a regular file") != std::string::npos);
    put(scratch / "file", "x");
    CHECK(message(scratch / "file/inside").find("Not a directory") != std::string::npos);
}

TEST_CASE("checked arithmetic refuses what 63 bits do not hold") {
    MemoryInput input("sizes", "", 0);
    CHECK(checked_product(input, 1ull << 31, 1ull << 31, "size") == 1ull << 62);
    CHECK(error_of([&] { checked_product(input, 1ull << 32, 1ull << 31, "size"); }));
    CHECK(error_of([&] { checked_product(input, 3ull << 40, 3ull << 40, "size"); }));
    CHECK(error_of([&] { checked_sum(input, UINT64_MAX, 1, "size"); }));
    CHECK(error_of([&] { checked_sum(input, INT64_MAX, 1, "size"); }));
}

TEST_CASE("a write that fails keeps the old file and leaves nothing behind") {
    Scratch scratch;
    write_atomically(scratch / "weights", "old");
    // A limit on the size of files stands for a full disk.
    rlimit before, limit;
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 1000;
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    const auto error = error_of([&] { write_atomically(scratch / "weights", std::string(5000, 'x')); });
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    REQUIRE(error);
    CHECK(error->code == ExitCode::resources);
    CHECK(error->asked == "writing " + (scratch / "weights").string());
    CHECK(!error->advice.empty());
    CHECK(content(scratch / "weights") == "old");
    CHECK(scratch.entries() == 1);

    AtomicFile abandoned(scratch / "weights");
    abandoned.write("half of it");
    CHECK(scratch.entries() == 2);
    { AtomicFile moved_away(scratch / "other"); }  // no commit
    CHECK(!std::filesystem::exists(scratch / "other"));
}

TEST_CASE("a full disk and a folder that cannot be written have their own sentences") {
    Scratch scratch;
    const auto full = error_of([&] { write_atomically("/dev/full", "anything"); });
    REQUIRE(full);
    CHECK(full->code == ExitCode::resources);
    CHECK(full->found == "No space left on device");
    CHECK(full->advice == "make room on the disk, or write elsewhere");
    const auto missing = error_of([&] { write_atomically(scratch / "none" / "file", "x"); });
    REQUIRE(missing);
    CHECK(missing->code == ExitCode::resources);
    CHECK(missing->advice == "make the folder first");
    const auto folder = error_of([&] { write_atomically(scratch.path, "x"); });
    REQUIRE(folder);
    CHECK(folder->advice == "give the name of a file");
    if (::geteuid() != 0) {  // root writes where it likes
        ::chmod(scratch.path.c_str(), 0500);
        const auto denied = error_of([&] { write_atomically(scratch / "file", "x"); });
        ::chmod(scratch.path.c_str(), 0700);
        REQUIRE(denied);
        CHECK(denied->advice == "choose a folder that you may write to");
    } else if (const auto denied = error_of([&] { write_atomically("/proc/adjoint_test", "x"); })) {
        CHECK(denied->code == ExitCode::resources);
    } else {
        FAIL("/proc took a file");
    }
}

TEST_CASE("permissions and links of the old file survive") {
    Scratch scratch;
    put(scratch / "file", "old");
    ::chmod((scratch / "file").c_str(), 0640);
    std::filesystem::create_symlink("file", scratch / "link");
    write_atomically(scratch / "link", "new");
    CHECK(std::filesystem::is_symlink(scratch / "link"));
    CHECK(content(scratch / "file") == "new");
    struct stat status;
    ::stat((scratch / "file").c_str(), &status);
    CHECK((status.st_mode & 07777) == 0640);
    write_atomically("/dev/null", "gone");  // a device is written, not replaced
    CHECK(std::filesystem::is_character_file("/dev/null"));
}
