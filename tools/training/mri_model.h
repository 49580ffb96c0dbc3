// A learned reconstruction: one of three schemes around an image network D_w, and its model file.
#pragma once
#include "models/layers.h"
#include "models/modl.h"
#include "tools/training/checkpoint.h"
#include "tools/training/mri_settings.h"

namespace adjoint {

// A network that takes and gives N×2×H×W.
struct ImageNetwork {
    Denoiser denoiser;
    Parameters statistics;       // running statistics of its normalisations; often none
    std::shared_ptr<Mode> mode;  // which of them the next pass takes (models/layers.h)
};
// By name (of models/networks.h, or "residual") and settings ("features=32,dilations=1:2:3").
// Errors (usage): an unknown name or setting; a network with other channels.
ImageNetwork image_network(const std::string& name, const std::string& settings, uint64_t seed, Device);

//   denoiser    x = D_w(x_0),  x_0 = Eᴴ y
//   recurrent   x_r = DC(D_w(x_{r−1})),  r = 1 … R: measured samples are put back (DRDN, see models/drdn.h); one coil
//   modl        models/modl.h
class MriModel {
public:
    // Fresh weights drawn from `seed` of the settings. `coils` of the data: 1, or more.
    // Errors: usage (settings); mismatch, where the scheme is not for so many coils.
    MriModel(const MriModelSettings&, int64_t coils, Device);

    Parameters& parameters() { return parameters_; }
    const Parameters& parameters() const { return parameters_; }
    const MriModelSettings& settings() const { return settings_; }
    int64_t coils() const { return coils_; }

    // The image N×H×W of k-space y, with the given weights (in the order of `parameters`; variables of a tape, to
    // differentiate).
    Complex operator()(const std::vector<Tensor>& weights, const Complex& y, const CartesianEncoding& E) const;

    // What normalisations by running statistics do in the passes that follow; evaluation at first.
    void set_mode(Mode);
    CheckpointParts statistics() const;
    Description description() const;  // for the model file

private:
    Complex recurrent(const std::vector<Tensor>& weights, const Complex& y, const CartesianEncoding& E) const;

    MriModelSettings settings_;
    int64_t coils_;
    std::vector<ImageNetwork> networks_;  // one, or one for every unroll
    std::optional<Modl> modl_;
    Parameters parameters_;
};

// From a model file or checkpoint; where it holds the weights' moving average, with that. Errors: invalid input
// (unreadable, metadata damaged), mismatch (another architecture, or tensors that are not this network's).
MriModel load_mri_model(const std::filesystem::path&, Device);

}  // namespace adjoint
