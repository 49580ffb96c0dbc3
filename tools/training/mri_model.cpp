#include "tools/training/mri_model.h"

#include "engine/error.h"
#include "engine/recompute.h"
#include "io/file_kind.h"
#include "io/safetensors.h"

namespace adjoint {

namespace {

constexpr const char* architecture = "mri reconstruction";

ModlSettings modl_settings(const ReconstructionSettings& m) {
    ModlSettings s;
    s.unrolls = m.unrolls;
    s.shared_weights = m.shared_weights;
    s.lambda = m.lambda;
    s.learn_lambda = m.learn_lambda;
    s.recompute = m.recompute;
    s.solve.iterations = int(m.cg_iterations);
    s.solve.absolute = m.cg_tolerance;
    using Start = ModlSettings::Start;
    s.start = m.cg_start == "zero" ? Start::zero : m.cg_start == "denoised" ? Start::denoised : Start::right_side;
    s.first = m.first_image == "sense" ? ModlSettings::First::sense : ModlSettings::First::adjoint;
    s.solve.gradient = m.cg_gradient == "implicit" ? SolveGradient::implicit : SolveGradient::unrolled;
    return s;
}

std::string toml_of(MriModelSettings settings) {
    SettingsTable table("train");
    settings.add_to(table);
    return table.toml();
}

}  // namespace

MriModel::MriModel(const MriModelSettings& settings, int64_t coils, Device device)
    : settings_(settings), coils_(coils) {
    const ReconstructionSettings& m = settings.model;
    if (m.scheme == "recurrent" && coils > 1)
        fail(ExitCode::mismatch, "model.scheme = recurrent", "the data have " + std::to_string(coils) + " coils",
             "it puts back the samples of a single coil; use modl for several");
    if (m.scheme == "denoiser" && m.recompute)
        fail(ExitCode::usage, "model.recompute = true", "a denoiser has one pass and nothing to recompute",
             "leave it away, or choose the scheme recurrent or modl");
    auto network = [&](uint64_t seed) {
        networks_.push_back(image_network(m.network, m.network_settings, seed, device));
        return networks_.back().denoiser;
    };
    if (m.scheme == "modl")
        modl_.emplace(modl_settings(m), network, uint64_t(settings.seed));
    else
        network(uint64_t(settings.seed));
    if (networks_.size() > 1 && networks_[0].statistics.count() > 0)
        fail(ExitCode::usage, "model.shared_weights = false with model.network = " + m.network,
             "its normalisations keep running statistics, of which all unrolls would share one set",
             "share the weights, or choose a network without them (residual, drdn, dncnn)");
    parameters_ = modl_ ? modl_->parameters : networks_[0].denoiser.parameters;
}

void MriModel::set_mode(Mode mode) {
    for (ImageNetwork& n : networks_) *n.mode = mode;
}

CheckpointParts MriModel::statistics() const {
    CheckpointParts parts;
    if (networks_[0].statistics.count() > 0) parts.push_back({modl_ ? "unets.0.0." : "", networks_[0].statistics});
    return parts;
}

Complex MriModel::recurrent(const std::vector<Tensor>& weights, const Complex& y, const CartesianEncoding& E) const {
    const DataConsistency consistency(y, E.mask);
    // One recurrence of the weights and the image; as a block, the tape keeps these alone.
    auto block = [network = networks_[0].denoiser.function, consistency](const std::vector<Tensor>& v) {
        const std::vector<Tensor> w(v.begin() + 1, v.end());
        return consistency(from_channels(network(w, to_channels(Complex{v[0]})))).data;
    };
    std::vector<Tensor> inputs = {E.adjoint(y).data};
    inputs.insert(inputs.end(), weights.begin(), weights.end());
    for (int64_t r = 0; r < settings_.model.recurrences; ++r)
        inputs[0] = settings_.model.recompute ? recompute(block, inputs) : block(inputs);
    return {inputs[0]};
}

Complex MriModel::operator()(const std::vector<Tensor>& weights, const Complex& y, const CartesianEncoding& E) const {
    if (modl_) return (*modl_)(weights, y, E);
    if (settings_.model.scheme == "recurrent") return recurrent(weights, y, E);
    return from_channels(networks_[0].denoiser.function(weights, to_channels(E.adjoint(y))));
}

Description MriModel::description() const {
    return {{"format", "adjoint 1"},
            {"architecture", architecture},
            {"settings", toml_of(settings_)},
            {"coils", std::to_string(coils_)},
            {"fft", "centred, orthonormal"},
            {"image", "complex, divided by what preparation.normalise says"}};
}

MriModel load_mri_model(const std::filesystem::path& path, Device device) {
    {
        FileInput input(path);
        const FileKind kind = kind_of(input);
        if (kind != FileKind::safetensors)
            fail(ExitCode::invalid_input, "reading " + path.string() + " as a reconstruction network",
                 std::string("it is a ") + name_of(kind), "give best.safetensors of a run of `adjoint train`");
    }
    const Description d = load_description(path);
    auto entry = [&](const char* key) { return d.count(key) ? d.at(key) : std::string(); };
    if (entry("architecture") != architecture)
        fail(ExitCode::mismatch, "reading " + path.string() + " as a reconstruction network",
             entry("architecture").empty() ? "it does not say what it is"
                                           : "it holds a '" + entry("architecture") + "'",
             "give a file that `adjoint train` made");
    MriModelSettings settings;
    SettingsTable table("train");
    settings.add_to(table);
    int64_t coils = 0;
    try {
        table.read_text(entry("settings"), "the settings in " + path.string());
        coils = std::stoll(entry("coils"));
    } catch (const Error& e) {
        fail(ExitCode::invalid_input, "reading " + path.string(), std::string("its settings are damaged: ") + e.what(),
             "take another copy of it");
    } catch (const std::logic_error&) {
        fail(ExitCode::invalid_input, "reading " + path.string(), "its entry 'coils' is no number",
             "take another copy of it");
    }
    MriModel model(settings, coils, device);
    load_best_weights(path, model.parameters(), model.statistics());
    return model;
}

}  // namespace adjoint
