// metrics.csv: one row per step, every number with the digits that give it back exactly.
#pragma once
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tools/training/progress.h"

namespace adjoint {

class MetricsFile {
public:
    MetricsFile() = default;
    ~MetricsFile();
    MetricsFile(const MetricsFile&) = delete;
    MetricsFile& operator=(const MetricsFile&) = delete;

    // A new file with these columns (the first is "step"), or, where `resume_at` ≥ 0, the old one without its rows from
    // that step on: what a run wrote after its last checkpoint is written again.
    // Errors: the old file has other columns (mismatch), or cannot be written (resources).
    void open(const std::filesystem::path& path, const std::vector<std::string>& columns, int64_t resume_at = -1);

    // One row; a column without a reading stays empty. Errors: a reading without a column; the disk takes no more.
    void write(int64_t step, const Readings& readings);

    void sync();  // what was written is on the disk when this returns: call it before a checkpoint

    double last(const std::string& column) const;  // of the rows kept by `resume_at`; 0 where there is none

private:
    std::filesystem::path path_;
    std::vector<std::string> columns_;
    std::vector<std::string> last_row_;
    std::FILE* file_ = nullptr;
};

// The columns of a metrics file by their names; an empty cell is NaN. Errors (invalid_input): unreadable.
std::map<std::string, std::vector<double>> read_metrics(const std::filesystem::path&);

}  // namespace adjoint
