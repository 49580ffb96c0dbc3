// Settings: from files, options and --set, with every mistake named; and the resolved text reads back to the same.
#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>

#include "engine/error.h"
#include "tools/training/settings_table.h"

using namespace adjoint;

namespace {

struct Example {
    int64_t steps = 10;
    double rate = 0.5;
    bool clock = true;
    std::string loss = "l2";
    SettingsTable table{"fit"};
    Example() {
        table.add({"steps", "--steps", "how many", &steps, 1, 1e9});
        table.add({.key = "loss", .help = "what is minimised", .value = &loss, .check = [](const std::string& text) {
                       if (text.empty()) fail(ExitCode::usage, "loss ''", "it is empty");
                   }});
        table.add({"optimiser.rate", "--rate", "the learning rate", &rate, 0, 1, true});
        table.add({.key = "output.clock", .help = "seconds", .value = &clock});
    }
};

std::string file_with(const std::string& text) {
    static int number = 0;
    std::string name = "/tmp/adjoint_settings_" + std::to_string(number++) + ".toml";
    std::ofstream(name) << text;
    return name;
}

}  // namespace

TEST_SUITE_BEGIN("training");

TEST_CASE("a file, then --set, and the resolved text gives the same settings") {
    Example a;
    const std::string file = file_with("steps = 20\nloss = \"l1 + 0.1*\\\"x\\\"\"\n[optimiser]\nrate = 1\n");
    a.table.read(file);
    std::remove(file.c_str());
    a.table.assign("output.clock = false");
    CHECK(a.steps == 20);
    CHECK(a.rate == 1.0);
    CHECK(a.loss == "l1 + 0.1*\"x\"");
    CHECK(!a.clock);
    Example b;
    const std::string resolved = file_with(a.table.toml());
    b.table.read(resolved);
    std::remove(resolved.c_str());
    CHECK(b.table.toml() == a.table.toml());
    CHECK(b.steps == 20);
    CHECK(!b.clock);
}

TEST_CASE("every mistake is named") {
    Example e;
    auto wrong = [&](const std::string& assignment, const char* sentence) {
        CHECK_THROWS_WITH(e.table.assign(assignment), doctest::Contains(sentence));
    };
    wrong("stepz=3", "there is no setting 'stepz'; did you mean 'steps'?");
    wrong("steps", "it has no '='");
    wrong("steps=0", "it must be at least 1 and at most");
    wrong("steps=ten", "it must be a whole number");
    wrong("steps=1.5", "it must be a whole number");
    wrong("steps=99999999999999999999", "it must be a whole number");
    wrong("optimiser.rate=0", "it must be above 0 and at most 1");
    wrong("optimiser.rate=nan", "it must be above 0 and at most 1");
    wrong("optimiser.rate=", "it must be a number");
    wrong("output.clock=yes", "it must be true or false");
    wrong("loss=", "it is empty");
    auto wrong_file = [&](const std::string& text, const char* sentence) {
        const std::string file = file_with(text);
        CHECK_THROWS_WITH(e.table.read(file), doctest::Contains(sentence));
        std::remove(file.c_str());
    };
    wrong_file("steps = 10\n[optimiser]\nrte = 1\n", "line 3: there is no setting 'optimiser.rte'; did you mean");
    wrong_file("steps = \"5\"\n", "it is a text in quotes");
    wrong_file("steps = [1, 2]\n", "it is a list or a date");
    wrong_file("steps = = 5\n", "line 1");
    CHECK_THROWS_WITH(e.table.read("/nowhere/at/all.toml"), doctest::Contains("/nowhere/at/all.toml"));
    CHECK(e.steps == 10);
    CHECK(e.rate == 0.5);
}

TEST_CASE("lists of texts, and settings without a section after others, come back from the TOML that was written") {
    std::vector<std::string> files = {"a b.h5", "c,\"d\".h5"};
    int64_t count = 3;
    double rate = 0.5;
    SettingsTable table("test");
    table.add({.key = "data.files", .help = "files", .value = &files});
    table.add({.key = "rate", .help = "in no section", .value = &rate});
    table.add({.key = "data.count", .help = "how many", .value = &count});
    const std::string toml = table.toml();
    const std::vector<std::string> before = files;
    files.clear(), count = 0, rate = 0;
    table.read_text(toml, "here");
    CHECK(files == before);
    CHECK(count == 3);
    CHECK(rate == 0.5);
    table.assign("data.files=x.npy,y.npy");
    CHECK(files == std::vector<std::string>{"x.npy", "y.npy"});
    table.read_text("[data]\nfiles = \"one.npy\"\n", "here");
    CHECK(files == std::vector<std::string>{"one.npy"});
    CHECK_THROWS_WITH(table.read_text("[data]\nfiles = 3\n", "here"), doctest::Contains("neither a text nor a list"));
    CHECK_THROWS_WITH(table.read_text("[data]\nfiles = [1]\n", "here"), doctest::Contains("an item of the list"));
    CHECK_THROWS_WITH(table.read_text("rate = [1.0]\n", "here"), doctest::Contains("here, line 1: rate: it is a list"));
    CHECK_THROWS_WITH(table.read_text("rate = \n", "here"), doctest::Contains("test, here: line 1"));
}
