// report.html of a training run: one page that holds everything and needs nothing else.
#pragma once
#include "tools/training/mri_task.h"

namespace adjoint {

struct MriReport {
    std::string title, status;      // "done", "ended early: …"
    std::string configuration;      // TOML
    std::string about;              // one sentence: data, network, device, time
    MriTask::Result scores;         // of the best weights
    std::vector<std::pair<std::string, Tensor>> pictures;  // caption; a mosaic
};

// Curves from metrics.csv as SVG, pictures as PNG in the page, the tables of metrics. Errors: resources.
void write_mri_report(const RunFolder&, const MriReport&, const std::vector<std::string>& loss_names,
                      const std::vector<std::string>& metric_names);

// Bytes as text, RFC 4648.
std::string base64(const std::string& bytes);

}  // namespace adjoint
