// The settings of `adjoint fit`, with the published values as defaults (SIREN's and MS-Glance's notebooks).
#pragma once
#include <string>

#include "models/siren.h"
#include "tools/training/settings_table.h"
#include "tools/training/trainer.h"

namespace adjoint {

struct FitSettings {
    std::string image;           // PNG, NPY or NIfTI
    std::string slice;           // of a volume: axis:index
    std::string pad;             // zeros around the picture up to this height×width, before the crop; empty: none
    std::string crop;            // height×width around the centre: "224", "224x320"; empty: all of it
    std::string range = "auto";  // what becomes [0, 1]
    std::string loss = "l2";
    int64_t seed = 0;
    std::string device = "cpu";
    int64_t threads = 0;  // 0: as many as there are cores
    int64_t width = 256, depth = 3;
    double first_omega = 30, hidden_omega = 30;
    std::string optimiser = "adam", schedule = "constant";
    TrainingSettings training;  // its optimiser.kind and schedule.shape are the two names above
    double scale = 1;           // of the rendered picture

    // A table over this object's members; it must outlive the table.
    SettingsTable table();
    SirenSettings network(int64_t channels) const;
    // The names resolved. Errors: unknown names (usage).
    TrainingSettings resolved_training() const;
};

// May differ between a run and its resumption, because the weights at a step do not depend on them.
bool may_change_on_resume(const std::string& key);

}  // namespace adjoint
