// Files that are written whole or not at all: neither a crash nor a full disk loses what was there.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string_view>

namespace adjoint {

// Bytes go to PATH.tmp in the same folder; `commit` flushes them to the disk and renames the file to PATH. Without a
// commit nothing has happened. The old file's permissions are kept, and a symbolic link is followed. A device or a pipe
// (/dev/stdout) is written directly.
// Errors (resources): the folder is not there or not writable, the disk is full; says which, and what to do. The file
// that was there is untouched and no temporary file is left.
class AtomicFile {
public:
    explicit AtomicFile(const std::filesystem::path& path);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(const void* data, size_t bytes);
    void write(std::string_view text) { write(text.data(), text.size()); }
    void commit();

private:
    [[noreturn]] void give_up(int error);
    void discard();

    std::filesystem::path path_, temporary_;
    int file_ = -1;
    bool direct_ = false;
};

void write_atomically(const std::filesystem::path& path, std::string_view content);

}  // namespace adjoint
