#include "tools/training/metrics_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>

#include "engine/error.h"
#include "io/atomic_file.h"

namespace adjoint {

namespace {

std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> found(1);
    for (char c : line) {
        if (c == ',')
            found.emplace_back();
        else if (c != '\r')
            found.back() += c;
    }
    return found;
}

std::string joined(const std::vector<std::string>& parts) {
    std::string line;
    for (const auto& part : parts) line += (&part == &parts.front() ? "" : ",") + part;
    return line;
}

// The shortest decimal number that is read back as the same double.
std::string exact(double value) {
    char text[40];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    return std::string(text, end);
}

}  // namespace

MetricsFile::~MetricsFile() {
    if (file_) std::fclose(file_);
}

void MetricsFile::open(const std::filesystem::path& path, const std::vector<std::string>& columns, int64_t resume_at) {
    path_ = path;
    columns_ = columns;
    std::string kept = joined(columns) + "\n";
    std::ifstream old(path);
    if (resume_at >= 0 && old) {
        std::string line;
        std::getline(old, line);
        if (cells(line) != columns)
            fail(ExitCode::mismatch, path.string(), "its columns are " + line + ", this run's are " + joined(columns),
                 "resume with the settings that the run was started with");
        while (std::getline(old, line)) {
            auto row = cells(line);
            // A row that was cut off by a crash is the last one, and lies beyond the checkpoint.
            if (row.size() != columns.size() || std::atoll(row[0].c_str()) >= resume_at) break;
            kept += line + "\n";
            last_row_ = std::move(row);
        }
        old.close();
        write_atomically(path, kept);
        file_ = std::fopen(path.c_str(), "a");
    } else {
        file_ = std::fopen(path.c_str(), "w");
        if (file_) std::fputs(kept.c_str(), file_);
    }
    if (!file_ || std::fflush(file_) != 0)
        fail(ExitCode::resources, "writing " + path.string(), std::strerror(errno), "check the folder and the disk");
}

void MetricsFile::write(int64_t step, const Readings& readings) {
    std::vector<std::string> row(columns_.size());
    row[0] = std::to_string(step);
    for (const auto& [name, value] : readings) {
        auto column = std::find(columns_.begin(), columns_.end(), name);
        if (column == columns_.end())
            fail(ExitCode::mismatch, "the reading '" + name + "' of step " + std::to_string(step),
                 path_.string() + " has no such column");
        row[size_t(column - columns_.begin())] = exact(value);
    }
    if (std::fputs((joined(row) + "\n").c_str(), file_) < 0 || std::fflush(file_) != 0)
        fail(ExitCode::resources, "writing " + path_.string(), std::strerror(errno),
             "make room on the disk, then go on with --resume");
}

void MetricsFile::sync() {
    if (file_ && ::fdatasync(::fileno(file_)) != 0 && errno != EINVAL)  // EINVAL: a pipe, say
        fail(ExitCode::resources, "writing " + path_.string(), std::strerror(errno), "check the disk");
}

double MetricsFile::last(const std::string& column) const {
    auto found = std::find(columns_.begin(), columns_.end(), column);
    if (found == columns_.end() || last_row_.empty()) return 0;
    return std::atof(last_row_[size_t(found - columns_.begin())].c_str());
}

std::map<std::string, std::vector<double>> read_metrics(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line))
        fail(ExitCode::invalid_input, "reading " + path.string(), "it cannot be read or is empty",
             "check the run folder");
    const std::vector<std::string> names = cells(line);
    std::map<std::string, std::vector<double>> table;
    while (std::getline(file, line)) {
        const std::vector<std::string> row = cells(line);
        for (size_t i = 0; i < names.size() && i < row.size(); ++i)
            table[names[i]].push_back(row[i].empty() ? NAN : std::strtod(row[i].c_str(), nullptr));
    }
    return table;
}

}  // namespace adjoint
