// HDF5: files of h5py, what is refused, damage at every place, and what we write.
#include "io/hdf5/hdf5.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "engine/philox.h"
#include "io/hdf5/child.h"
#include "io/inspect.h"
#include "tests/io/io_test.h"

using namespace adjoint;
using namespace adjoint::io_test;

namespace {

const std::filesystem::path reference = std::filesystem::path(ADJOINT_TEST_DATA) / "io";

// The sentence of an invalid_input error that names the file; "": none.
std::string refusal(const std::filesystem::path& path, auto&& action) {
    const auto error = error_of(action);
    if (!error) return "";
    CHECK(error->code == ExitCode::invalid_input);
    CHECK(error->asked == "reading " + path.string());
    return error->what();
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// k-space of tests/reference/io/make_hdf5.py.
float re(int64_t s, int64_t c, int64_t h) { return float(100 * s + 10 * c + h); }

// Reads whatever there is; the kinds of things that go wrong may be these two alone.
bool survives(const std::filesystem::path& path) {
    try {
        const Hdf5Contents contents = read_hdf5_contents(path);
        for (const auto& d : contents.datasets) {
            if (d.numbers) read_hdf5(path, d.path);
            if (d.text) read_hdf5_text(path, d.path);
        }
        if (contents.find("/dataset/data")) {
            const auto heads = read_acquisition_heads(path, "/dataset/data");
            if (!heads.empty()) read_acquisition_samples(path, "/dataset/data", {heads.size() - 1});
        }
        return true;
    } catch (const Error& e) {
        CHECK((e.code == ExitCode::invalid_input || e.code == ExitCode::usage));
        return false;
    }
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("a build without HDF5 says so") {
    if (hdf5_in_build()) return;
    const std::filesystem::path path = reference / "kinds.h5";
    CHECK(contains(refusal(path, [&] { read_hdf5_contents(path); }), "install libhdf5-dev"));
    CHECK(error_of([&] { Hdf5Writer writer("/tmp/x.h5"); })->code == ExitCode::invalid_input);
}

TEST_CASE("the contents of an HDF5 file, with groups by several names and in a circle") {
    if (!hdf5_in_build()) return;
    const Hdf5Contents contents = read_hdf5_contents(reference / "kinds.h5");
    std::map<std::string, std::string> types;
    for (const auto& d : contents.datasets) types[d.path] = d.type;
    CHECK(types["/f2"] == "float16");
    CHECK(types["/u2"] == "uint16");
    CHECK(types["/c16"] == "complex of float64");
    CHECK(types["/matlab"] == "complex of float64");
    CHECK(types["/pair"] == "records of x, y");
    CHECK(types["/text"] == "text");
    CHECK(types.count("/link") == 0);
    CHECK(types.size() == contents.datasets.size());
    size_t bools = 0;
    for (const auto& d : contents.datasets) bools += d.type == "bool";
    CHECK(bools == 1);
    CHECK(!contents.find("/missing"));
    const auto attributes = read_hdf5_contents(reference / "fastmri_multicoil.h5").attributes;
    CHECK(attributes.at("acquisition") == "AXT2");
    CHECK(attributes.at("patient_id") == "0123");
    CHECK(attributes.at("max") == "232");
    CHECK(attributes.at("padding_left") == "1");
}

TEST_CASE("numbers of every type, byte order and layout") {
    if (!hdf5_in_build()) return;
    const std::filesystem::path kinds = reference / "kinds.h5";
    for (const char* name : {"/f2", "/f4", "/f8", "/i1", "/u2", "/i8"}) {
        const Tensor t = read_hdf5(kinds, name);
        REQUIRE(t.shape() == Shape{2, 3, 4});
        for (size_t i = 0; i < 24; ++i) {
            const float a = float(int(i) - 5);
            CHECK(t.values<float>()[i] == (std::string(name) == "/u2" ? std::fabs(a) : a));
        }
    }
    CHECK(read_hdf5(kinds, "/i8", Type::int64).values<int64_t>()[23] == 18);
    CHECK(read_hdf5(kinds, "/f8", Type::float64).values<double>()[0] == -5);
    const std::string boolean = read_hdf5_contents(kinds).find("/group/again/bool") ? "/group/again/bool"
                                                                                    : "/group/deeper/bool";
    const auto bools = read_hdf5(kinds, boolean).values<float>();
    for (size_t i = 0; i < 24; ++i) CHECK(bools[i] == float(i > 5));
    const Tensor c = read_hdf5(kinds, "/c16", Type::float64, 1, 1);
    REQUIRE(c.shape() == Shape{1, 3, 4, 2});
    CHECK(c.values<double>()[0] == 7);
    CHECK(c.values<double>()[1] == 2);
    CHECK(read_hdf5(kinds, "/matlab").values<float>() == std::vector<float>{1, 2, 3, 4});
    CHECK(read_hdf5(kinds, "/scalar").item() == 7);
    CHECK(read_hdf5(kinds, "/empty").shape() == Shape{0, 3});
    CHECK(read_hdf5_text(kinds, "/text") == "Grüße");
    // Chunked, shuffled, compressed, checksummed: one slice of it.
    const Tensor k = read_hdf5(reference / "fastmri_multicoil.h5", "/kspace", Type::float32, 2, 1);
    REQUIRE(k.shape() == Shape{1, 2, 6, 5, 2});
    for (int64_t i = 0; i < 60; ++i) {
        CHECK(k.values<float>()[size_t(2 * i)] == re(2, i / 30, i / 5 % 6));
        CHECK(k.values<float>()[size_t(2 * i + 1)] == float(i % 5));
    }
}

TEST_CASE("what is not read is refused with its reason") {
    if (!hdf5_in_build()) return;
    const std::filesystem::path kinds = reference / "kinds.h5";
    const auto of = [&](const std::filesystem::path& path, const std::string& name) {
        return refusal(path, [&] { read_hdf5(path, name); });
    };
    CHECK(contains(of(kinds, "/missing"), "is not there"));
    CHECK(contains(of(kinds, "/group/missing/x"), "is not there"));
    CHECK(contains(of(kinds, "/link"), "is a link"));
    CHECK(contains(of(kinds, "/lzf"), "filter 32000"));
    CHECK(contains(of(kinds, "/pair"), "records of x, y instead of numbers"));
    CHECK(contains(of(kinds, "/text"), "text instead of numbers"));
    CHECK(of(kinds, "/group") != "");
    CHECK(of(kinds, "") != "");
    CHECK(of(kinds, "f4") != "");
    CHECK(of(kinds, "/" + std::string(2000, 'x')) != "");
    CHECK(contains(refusal(kinds, [&] { read_hdf5_text(kinds, "/texts"); }), "instead of one text"));
    CHECK(contains(refusal(kinds, [&] { read_hdf5_text(kinds, "/f4"); }), "instead of one text"));
    CHECK(contains(refusal(kinds, [&] { read_hdf5(kinds, "/f4", Type::int64); }), "integers were asked for"));
    CHECK(contains(refusal(kinds, [&] { read_acquisition_heads(kinds, "/f4"); }), "instead of acquisitions"));
    CHECK(error_of([&] { read_hdf5(kinds, "/f4", Type::float32, 1, 2); })->code == ExitCode::usage);
    CHECK(error_of([&] { read_hdf5(kinds, "/f4", Type::float32, -1, 1); })->code == ExitCode::usage);
    CHECK(error_of([&] { read_hdf5(kinds, "/f4", Type::float32, 3, 0); })->code == ExitCode::usage);
    CHECK(error_of([&] { read_hdf5(kinds, "/scalar", Type::float32, 1, 1); })->code == ExitCode::usage);

    CHECK(contains(of(reference / "external_link.h5", "/kspace"), "is a link"));
    CHECK(contains(of(reference / "external_storage.h5", "/kspace"), "from other files"));
    CHECK(contains(of(reference / "virtual.h5", "/kspace"), "from other files"));
    CHECK(contains(of(reference / "sparse.h5", "/kspace"), "0 are stored"));
    const std::filesystem::path nowhere = "/nowhere/x.h5", folder = "/tmp";
    CHECK(contains(refusal(nowhere, [&] { read_hdf5_contents(nowhere); }), "there is no such file"));
    CHECK(contains(refusal(folder, [&] { read_hdf5_contents(folder); }), "it is a folder"));
}

TEST_CASE("HDF5 files cut off are refused, damaged ones refused or read, whatever the library does") {
    if (!hdf5_in_build()) return;
    Scratch scratch;
    const std::filesystem::path path = scratch / "damaged.h5";
    for (const char* name : {"fastmri_multicoil.h5", "fastmri_singlecoil.h5", "lines.h5"}) {
        const std::string bytes = content(reference / name);
        const size_t step = std::max<size_t>(1, bytes.size() / 60);
        for (size_t n = 0; n < bytes.size(); n += n < 64 ? 4 : step) {
            put(path, bytes.substr(0, n));
            CHECK(!survives(path));
        }
        // Fields of every kind overwritten by what sizes and addresses like to break at. Each try starts several children,
        // which are slow to start under the address sanitizer: 150 tries took it 44 s, 50 take 13.
#ifdef __SANITIZE_ADDRESS__
        constexpr uint64_t tries = 50;
#else
        constexpr uint64_t tries = 150;
#endif
        const Philox random{7, bytes.size()};
        for (uint64_t i = 0; i < tries; ++i) {
            std::string changed = bytes;
            const size_t at = random.below(3 * i, bytes.size());
            constexpr uint64_t telling[] = {0, 0x7fffffffffffffff, 0xffffffffffffffff, 0x80000000, 0x100000000, 1};
            const uint64_t value = telling[random.below(3 * i + 1, 6)];
            const size_t width = size_t(1) << random.below(3 * i + 2, 4);
            const size_t n = std::min(width, bytes.size() - at);
            changed.replace(at, n, bytes_of(value).substr(0, n));
            put(path, changed);
            survives(path);
        }
    }
    put(path, "");
    CHECK(!survives(path));
    put(path, "\x89HDF\r\n\x1a\n" + std::string(500, '\xff'));
    CHECK(!survives(path));
}

TEST_CASE("a child that crashes, runs forever, or asks for or answers too much becomes an error") {
    const auto of = [](const ChildLimits& limits, auto&& work) {
        return refusal("x", [&] { in_child("x", limits, work); });
    };
    CHECK(contains(of({}, [](ChildOutput&) { ::raise(SIGSEGV); }), "crashes on it"));
    CHECK(contains(of({}, [](ChildOutput&) { ::abort(); }), "crashes on it"));
    CHECK(contains(of({}, [](ChildOutput& out) { out.text("half"); ::_exit(3); }), "crashes on it"));
    CHECK(contains(of({}, [](ChildOutput&) { throw 7; }), "crashes on it"));
    CHECK(contains(of({.seconds = 1}, [](ChildOutput&) { for (volatile unsigned i = 0;; i = i + 1) {} }), "to an end"));
    CHECK(contains(of({.answer = 1000}, [](ChildOutput& out) { out.text(std::string(5000, 'x')); }),
                   "more than is read"));
    const std::string large =
        of({.memory = 64 << 20}, [](ChildOutput& out) { out.text(std::string(size_t(1) << 30, 'x')); });
#ifdef __SANITIZE_ADDRESS__
    CHECK(large != "");  // the sanitizer's allocator ends the child
#else
    CHECK(contains(large, "64 MB of memory"));
#endif
    const auto error = error_of([] {
        in_child("x", {}, [](ChildOutput& out) {
            out.text("before");
            fail(ExitCode::usage, "asked", "found", "advice");
        });
    });
    REQUIRE(error);
    CHECK(error->code == ExitCode::usage);
    CHECK(std::string(error->what()) == "asked: found; advice");
    CHECK(in_child("x", {}, [](ChildOutput& out) { out.write("abc", 3); }) == "abc");
    // It writes no files.
    Scratch scratch;
    in_child("x", {}, [&](ChildOutput&) {
        std::signal(SIGXFSZ, SIG_IGN);
        put(scratch / "file", "text");
    });
    CHECK(content(scratch / "file").empty());
}

TEST_CASE("a child starts and allocates while other threads do") {
    std::atomic<bool> over{false};
    std::vector<std::thread> others;
    for (int i = 0; i < 2; ++i)
        others.emplace_back([&] {
            std::vector<std::string> kept(64);
            for (size_t n = 0; !over; ++n) kept[n % 64] = std::string(n * 97 % 5000, 'x');
        });
    for (int i = 0; i < 40; ++i) {
        const std::string answer = in_child("x", {}, [](ChildOutput& out) {
            std::vector<std::string> many;
            for (size_t n = 0; n < 100; ++n) many.emplace_back(n * 53, 'y');
            out.text(many.back());
        });
        CHECK(answer.size() == 8 + 99 * 53);
    }
    over = true;
    for (std::thread& t : others) t.join();
}

TEST_CASE("what is written is read back, and is there as a whole or not at all") {
    if (!hdf5_in_build()) return;
    Scratch scratch;
    const std::filesystem::path path = scratch / "a.h5";
    std::vector<float> values(24);
    for (size_t i = 0; i < 24; ++i) values[i] = float(i);
    const Tensor slice = Tensor::from(values, {3, 4, 2});
    {
        Hdf5Writer writer(path);
        writer.create("kspace", {2, 3, 4}, true);
        writer.create("line", {24}, false);
        writer.write("kspace", 1, slice);
        writer.write("line", slice.viewed_as({24}));
        writer.text("header", "<a>ü</a>");
        writer.attribute("name", "text");
        writer.attribute("max", 0.1);
        CHECK(error_of([&] { writer.create("line", {2}, false); })->code == ExitCode::usage);
        CHECK(error_of([&] { writer.create("none", {2, 0}, false); })->code == ExitCode::usage);
        CHECK(error_of([&] { writer.write("kspace", 2, slice); })->code == ExitCode::usage);
        CHECK(error_of([&] { writer.write("kspace", 0, slice.viewed_as({4, 3, 2})); })->code == ExitCode::usage);
        CHECK(error_of([&] { writer.write("line", slice); })->code == ExitCode::usage);
        CHECK(error_of([&] { writer.write("other", slice); })->code == ExitCode::usage);
        CHECK(!std::filesystem::exists(path));
        // Reading another file meanwhile, in a child that knows of the open one.
        CHECK(read_hdf5(reference / "kinds.h5", "/scalar").item() == 7);
        writer.commit();
        CHECK(error_of([&] { writer.commit(); })->code == ExitCode::usage);
    }
    CHECK(read_hdf5(path, "/kspace", Type::float32, 1, 1).values<float>() == values);
    CHECK(read_hdf5(path, "/kspace", Type::float32, 0, 1).values<float>() == std::vector<float>(24, 0));
    CHECK(read_hdf5(path, "/line").values<float>() == values);
    CHECK(read_hdf5_text(path, "/header") == "<a>ü</a>");
    CHECK(read_hdf5_contents(path).attributes.at("max") == "0.1");
    CHECK(read_hdf5_contents(path).attributes.at("name") == "text");
    const std::string before = content(path);
    {
        Hdf5Writer writer(path);
        writer.create("x", {2}, false);
    }
    CHECK(content(path) == before);
    CHECK(scratch.entries() == 1);
    CHECK(error_of([] { Hdf5Writer writer("/nowhere/x.h5"); })->code == ExitCode::resources);
}
