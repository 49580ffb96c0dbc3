#include "tools/training/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/error.h"

namespace adjoint {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse(const std::string& what, int error) {
    fail(ExitCode::resources, what, std::strerror(error),
         error == ENOSPC || error == EDQUOT ? "make room on the disk" : "check the folder and its permissions");
}

}  // namespace

RunFolder::RunFolder(fs::path path) : path_(std::move(path)) {}

RunFolder::RunFolder(RunFolder&& o) noexcept : path_(std::move(o.path_)), lock_(o.lock_) { o.lock_ = -1; }

RunFolder::~RunFolder() {
    if (lock_ >= 0) ::close(lock_);
}

void RunFolder::lock() {
    lock_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock_ < 0) refuse("the run folder " + path_.string(), errno);
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        fail(ExitCode::usage, "the run folder " + path_.string(), "another process is training in it",
             "wait for it to end, or choose another folder");
}

RunFolder RunFolder::create(const fs::path& path) {
    RunFolder folder(path);
    std::error_code error;
    if (fs::exists(folder.configuration(), error))
        fail(ExitCode::usage, "the run folder " + path.string(), "a run is there already",
             "go on with it by --resume, or choose another folder with --run");
    if (fs::exists(path, error) && !fs::is_directory(path, error))
        fail(ExitCode::usage, "the run folder " + path.string(), "a file of this name is there",
             "choose another folder with --run");
    fs::create_directories(folder.pictures(), error);
    if (error) refuse("the run folder " + path.string(), error.value());
    if (::access(path.c_str(), W_OK) != 0) refuse("the run folder " + path.string(), errno);
    folder.lock();
    return folder;
}

RunFolder RunFolder::open(const fs::path& path) {
    RunFolder folder(path);
    std::error_code error;
    if (!fs::is_directory(path, error))
        fail(ExitCode::invalid_input, "resuming the run in " + path.string(),
             fs::exists(path, error) ? "it is a file" : "there is no such folder", "give the folder of a run");
    if (!fs::exists(folder.configuration(), error))
        fail(ExitCode::invalid_input, "resuming the run in " + path.string(), "the folder holds no config.toml",
             "give the folder of a run");
    fs::create_directories(folder.pictures(), error);
    if (error) refuse("the run folder " + path.string(), error.value());
    folder.lock();
    return folder;
}

fs::path RunFolder::free_name(const fs::path& base) {
    std::error_code error;
    fs::path name = base;
    for (int i = 2; fs::exists(name, error); ++i) name = base.string() + "-" + std::to_string(i);
    return name;
}

}  // namespace adjoint
