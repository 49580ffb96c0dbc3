#include "tools/training/checkpoint.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/error.h"
#include "io/weights.h"
#include "tools/training/sha256.h"

namespace adjoint {

namespace {

constexpr const char* fingerprint_key = "sha256";
constexpr const char* training_key = "training";

constexpr const char* average_prefix = "average.";

bool begins_with(const std::string& text, const char* start) { return text.rfind(start, 0) == 0; }

// Of all tensors: a bit that changed on the disk is found when the file is read.
std::string fingerprint(const TensorFile& file) {
    std::vector<const NamedTensor*> sorted;
    for (const auto& t : file.tensors) sorted.push_back(&t);
    std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->name < b->name; });
    Sha256 hash;
    for (const NamedTensor* t : sorted) {
        const Tensor host = t->tensor.to(Device::cpu);
        hash.add(t->name);
        hash.add(host.bytes_data(), host.bytes());
    }
    return hash.hex();
}

void save(const std::filesystem::path& path, TensorFile& file) {
    file.metadata[fingerprint_key] = fingerprint(file);
    write_safetensors(path, file);
}

TensorFile load(const std::filesystem::path& path) {
    TensorFile file = read_safetensors(path);
    const auto stored = file.metadata.find(fingerprint_key);
    // Files of others carry no fingerprint, or one of another kind, and are taken as they are.
    if (stored != file.metadata.end() && file.metadata.count("format") && stored->second != fingerprint(file))
        fail(ExitCode::invalid_input, "reading " + path.string(),
             "its tensors are not the ones that were written: the fingerprint differs",
             "the file was changed or damaged; take a copy or an earlier one");
    return file;
}

bool has(const CheckpointParts& parts, const std::string& name) {
    for (const auto& [prefix, block] : parts)
        for (int i = 0; i < block.count(); ++i)
            if (prefix + block.name(i) == name) return true;
    return false;
}

void refuse_unknown(const TensorFile& file, const Parameters& weights, const CheckpointParts& parts,
                    const std::string& who) {
    for (const std::string& name : unknown_tensors(file, weights))
        if (!has(parts, name) && !begins_with(name, "optimiser.") && !begins_with(name, average_prefix))
            fail(ExitCode::mismatch, "reading " + who, "the network has no tensor '" + name + "'",
                 "check the network's width, depth and channels");
}

}  // namespace

void save_model(const std::filesystem::path& path, const Parameters& weights, const Description& description,
                const CheckpointParts& statistics) {
    TensorFile file{{}, description};
    add_parameters(file, weights);
    for (const auto& [prefix, block] : statistics) add_parameters(file, block, prefix);
    save(path, file);
}

void save_checkpoint(const std::filesystem::path& path, const Parameters& weights, const Description& description,
                     const CheckpointParts& parts, const TrainingState& state) {
    TensorFile file{{}, description};
    add_parameters(file, weights);
    for (const auto& [prefix, block] : parts) add_parameters(file, block, prefix);
    nlohmann::ordered_json training{{"step", state.step}, {"best", state.best}, {"best_step", state.best_step}};
    for (const auto& [name, value] : state.place) training["place"][name] = value;
    file.metadata[training_key] = training.dump();
    save(path, file);
}

CheckpointParts parts_of(const Optimiser& optimiser) {
    CheckpointParts parts;
    for (const auto& [name, moments] : optimiser.state()) parts.push_back({"optimiser." + name + ".", moments});
    return parts;
}

void load_weights(const std::filesystem::path& path, Parameters& weights, CheckpointParts statistics) {
    const TensorFile file = load(path);
    copy_parameters(file, weights, path.string());
    for (auto& [prefix, block] : statistics) copy_parameters(file, block, path.string(), prefix);
    refuse_unknown(file, weights, statistics, path.string());
}

void load_best_weights(const std::filesystem::path& path, Parameters& weights, CheckpointParts statistics) {
    const TensorFile file = load(path);
    const bool averaged = std::any_of(file.tensors.begin(), file.tensors.end(),
                                      [](const NamedTensor& t) { return begins_with(t.name, average_prefix); });
    copy_parameters(file, weights, path.string(), averaged ? average_prefix : "");
    for (auto& [prefix, block] : statistics) copy_parameters(file, block, path.string(), prefix);
    refuse_unknown(file, weights, statistics, path.string());
}

TrainingState load_checkpoint(const std::filesystem::path& path, Parameters& weights, CheckpointParts parts) {
    const TensorFile file = load(path);
    const auto training = file.metadata.find(training_key);
    if (training == file.metadata.end())
        fail(ExitCode::mismatch, "reading " + path.string(), "it holds weights but no place in a run",
             "give a checkpoint, the file last.safetensors of a run folder");
    TrainingState state;
    try {
        const auto json = nlohmann::ordered_json::parse(training->second);
        state = {json.at("step").get<int64_t>(), json.at("best").get<double>(), json.at("best_step").get<int64_t>()};
        if (json.contains("place"))
            for (const auto& [name, value] : json["place"].items()) state.place.push_back({name, value.get<int64_t>()});
        if (state.step < 0 || state.best_step > state.step) throw std::runtime_error("steps out of range");
    } catch (const std::exception& e) {
        fail(ExitCode::invalid_input, "reading " + path.string(),
             std::string("its entry 'training' is damaged: ") + e.what(), "take an earlier checkpoint");
    }
    copy_parameters(file, weights, path.string());
    refuse_unknown(file, weights, parts, path.string());
    for (auto& [prefix, block] : parts) copy_parameters(file, block, path.string(), prefix);
    return state;
}

Description load_description(const std::filesystem::path& path) {
    FileInput input(path);
    return read_safetensors_header(input).metadata;
}

}  // namespace adjoint
