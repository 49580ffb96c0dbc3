// What the tests of training runs share.
#pragma once
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "engine/error.h"
#include "io/atomic_file.h"
#include "tools/training/trainer.h"

namespace run_test {

namespace fs = std::filesystem;

// A folder of its own, gone at the end of the test.
struct Scratch {
    fs::path path;
    Scratch() {
        char name[] = "/tmp/adjoint_test_XXXXXX";
        path = mkdtemp(name);
    }
    ~Scratch() { fs::remove_all(path); }
};

inline std::string content(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

// Trains in `path`, from the start or from its checkpoint. Returns the error's code.
inline adjoint::ExitCode train(adjoint::Task& task, const fs::path& path, const adjoint::TrainingSettings& s,
                               bool resume, adjoint::TrainingResult* result = nullptr, std::string* message = nullptr) {
    adjoint::Progress progress("test", adjoint::Log::quiet);
    adjoint::RunFolder folder = resume ? adjoint::RunFolder::open(path) : adjoint::RunFolder::create(path);
    if (!resume) adjoint::write_atomically(folder.configuration(), "");
    try {
        adjoint::Trainer trainer(task, s, folder, progress);
        if (resume) trainer.resume();
        const adjoint::TrainingResult r = trainer.run();
        if (result) *result = r;
    } catch (const adjoint::Error& e) {
        if (message) *message = e.what();
        return e.code;
    }
    return adjoint::ExitCode::done;
}

}  // namespace run_test
