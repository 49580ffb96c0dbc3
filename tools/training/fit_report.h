// What `adjoint fit` leaves behind besides weights and metrics: pictures, curves, and the manifest.
#pragma once
#include <string>

#include "tools/training/fit_image.h"
#include "tools/training/run_folder.h"
#include "tools/training/trainer.h"

namespace adjoint {

// Writes a C×H×W picture whose values are those that the network learned (0 and 1 for black and white): PNG limits them
// to [0, 1] and has 8 or 16 bits like the source; NPY has the source's values. Errors (usage): another ending.
void write_picture(const std::filesystem::path&, const Tensor& picture, const FittedPicture&);
// The same check without writing, for before a long run; also that the folder is there and writable (resources).
void check_picture_path(const std::filesystem::path&);

// curves.svg from metrics.csv.
void write_curves(const RunFolder&, const std::vector<std::string>& loss_names,
                  const std::vector<std::string>& metric_names);

// manifest.json: what ran, on what, where, and how it ended.
struct Manifest {
    std::string program;      // "adjoint 0.1.0"
    std::string command;      // the command line
    std::string status;       // "running", "done", "interrupted", "failed: …"
    std::string started;      // UTC
    std::string input_hash;   // SHA-256 of the image's file
    int64_t resumed_at = -1;  // the step; −1: not resumed
    TrainingResult result;    // with status "done"
};
void write_manifest(const RunFolder&, const Manifest&, const FitSettings&, const FitImage&, int64_t parameters);
// The input's hash in a folder's manifest; empty where there is none.
std::string hash_in_manifest(const RunFolder&);

}  // namespace adjoint
