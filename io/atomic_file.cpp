#include "io/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/error.h"

namespace adjoint {

namespace fs = std::filesystem;

namespace {

std::string advice_on(int error) {
    switch (error) {
        case ENOSPC:
        case EDQUOT: return "make room on the disk, or write elsewhere";
        case EFBIG: return "write to a disk (or under a limit, see `ulimit -f`) that takes files of this size";
        case ENOENT:
        case ENOTDIR: return "make the folder first";
        case EACCES:
        case EPERM:
        case EROFS: return "choose a folder that you may write to";
        case EISDIR: return "give the name of a file";
        default: return "check the disk";
    }
}

// Follows symbolic links by hand, because the last one may point to a file that is not there yet.
fs::path followed(fs::path path) {
    std::error_code error;
    for (int i = 0; i < 16 && fs::is_symlink(path, error); ++i) {
        const fs::path target = fs::read_symlink(path, error);
        if (error) break;
        path = target.is_absolute() ? target : path.parent_path() / target;
    }
    return path;
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path) : path_(followed(path)) {
    struct stat old;
    const bool exists = ::stat(path_.c_str(), &old) == 0;
    if (exists && S_ISDIR(old.st_mode)) give_up(EISDIR);
    direct_ = exists && !S_ISREG(old.st_mode);
    if (direct_) {
        file_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    } else {
        temporary_ = path_.string() + ".tmp";
        file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    }
    if (file_ < 0) give_up(errno);
    if (exists && !direct_ && ::fchmod(file_, old.st_mode & 07777) != 0) give_up(errno);
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() {
    if (file_ < 0) return;
    ::close(file_);
    file_ = -1;
    if (!direct_) ::unlink(temporary_.c_str());
}

void AtomicFile::give_up(int error) {
    discard();
    fail(ExitCode::resources, "writing " + path_.string(), std::strerror(error), advice_on(error));
}

void AtomicFile::write(const void* data, size_t bytes) {
    const char* next = static_cast<const char*>(data);
    while (bytes > 0) {
        const ssize_t n = ::write(file_, next, bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) give_up(errno);
        next += n;
        bytes -= size_t(n);
    }
}

void AtomicFile::commit() {
    if (direct_) {
        const int result = ::close(file_);
        file_ = -1;
        if (result != 0) give_up(errno);
        return;
    }
    if (::fsync(file_) != 0) give_up(errno);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) give_up(errno);
    ::close(file_);
    file_ = -1;
    // The rename itself is on the disk only once the folder is.
    const fs::path parent = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
    const int folder = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        ::fsync(folder);
        ::close(folder);
    }
}

void write_atomically(const fs::path& path, std::string_view content) {
    AtomicFile file(path);
    file.write(content);
    file.commit();
}

}  // namespace adjoint
