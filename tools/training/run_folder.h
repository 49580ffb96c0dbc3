// The folder of one run: configuration, metrics, weights, pictures, curves, manifest. Files that replace others are
// written atomically (io/atomic_file.h), so that neither a crash nor a full disk loses what was there.
#pragma once
#include <filesystem>
#include <string>

namespace adjoint {

class RunFolder {
public:
    // Makes the folder, or takes an empty one. Errors: a run is there already (usage); not writable (resources).
    static RunFolder create(const std::filesystem::path& path);
    // The folder of a run to go on with. Errors: there is none (invalid input).
    static RunFolder open(const std::filesystem::path& path);
    // `base`, or base-2, base-3, … : the first that is free.
    static std::filesystem::path free_name(const std::filesystem::path& base);

    RunFolder(RunFolder&&) noexcept;
    ~RunFolder();

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path configuration() const { return path_ / "config.toml"; }
    std::filesystem::path metrics() const { return path_ / "metrics.csv"; }
    std::filesystem::path last_weights() const { return path_ / "last.safetensors"; }
    std::filesystem::path best_weights() const { return path_ / "best.safetensors"; }
    std::filesystem::path curves() const { return path_ / "curves.svg"; }
    std::filesystem::path manifest() const { return path_ / "manifest.json"; }
    std::filesystem::path pictures() const { return path_ / "pictures"; }

private:
    explicit RunFolder(std::filesystem::path path);
    // Errors: another process trains in the folder (usage); it cannot be opened (resources).
    void lock();

    std::filesystem::path path_;
    int lock_ = -1;  // the folder, opened and locked
};

}  // namespace adjoint
