// The settings of `adjoint train`: learned MRI reconstruction.
#pragma once
#include <string>
#include <vector>

#include "io/dataset.h"
#include "tools/training/settings_table.h"
#include "tools/training/trainer.h"

namespace adjoint {

// Which samples of k-space a network sees. `kind` is one of models/forward/masks.h's, or "file" (one mask for all).
struct SamplingSettings {
    std::string kind = "random";
    double acceleration = 4, centre_fraction = 0.08, power = 3, growth = 1;
    int64_t calibration = 24;
    std::string file;
    bool redraw = true;  // another mask in every epoch; else every slice keeps its own
    double noise = 0;    // σ of the real and imaginary part each, in units of the normalised image
};

// How measured data become what the network sees. All of it can be worked out from the measured samples alone.
struct PreparationSettings {
    // What becomes 1: "max", the largest magnitude of the zero-filled image; "percentile", the 95th percentile of the
    // root-sum-of-squares image of the 24 central columns (UFLoss's code, slice by slice); "none".
    std::string normalise = "max";
    std::string maps = "espirit";  // of several coils: "espirit", "low-resolution", or a file of maps
    int64_t calibration = 24;      // side of the square that the maps are calculated from
};

// The network and what stands around it.
struct ReconstructionSettings {
    std::string scheme = "recurrent";  // recurrent, modl or denoiser (mri_model.h)
    std::string network = "residual";  // models/networks.h's names, or "residual" (models/residual_denoiser.h)
    std::string network_settings;      // "features=32,blocks=3"; the network's own defaults otherwise
    int64_t recurrences = 3;           // of recurrent
    int64_t unrolls = 5, cg_iterations = 6;  // of modl
    double cg_tolerance = 1e-3, lambda = 0.05;
    bool learn_lambda = false, shared_weights = true;
    std::string cg_gradient = "unrolled", cg_start = "right-side", first_image = "adjoint";
    bool recompute = false;  // keep the images between recurrences or unrolls alone, and compute each of them twice
};

// What a model file keeps: everything that reconstruction needs.
struct MriModelSettings {
    ReconstructionSettings model;
    PreparationSettings preparation;
    SamplingSettings sampling;
    std::string loss = "l1";
    int64_t seed = 0;

    void add_to(SettingsTable&);
};

struct MriSettings : MriModelSettings {
    std::vector<std::string> train, validation, test;
    DatasetOptions dataset;
    std::string content;  // "", "kspace" or "image"
    int64_t training_slices = 0, validation_slices = 0;  // evenly chosen ones; 0: all
    int64_t batch = 1, epochs = 0, prefetch = 2;
    bool shuffle = true;
    std::string device = "cpu", optimiser = "adam", schedule = "constant";
    int64_t threads = 0, pictures = 4;
    TrainingSettings training;

    // A table over this object's members; it must outlive the table.
    SettingsTable table();
    DatasetOptions dataset_options() const;
    // The names resolved; `examples` slices make an epoch. Errors: unknown names (usage).
    TrainingSettings resolved_training(int64_t examples) const;
};

// May differ between a run and its resumption, because the weights at a step do not depend on them.
bool may_change_on_mri_resume(const std::string& key);

}  // namespace adjoint
