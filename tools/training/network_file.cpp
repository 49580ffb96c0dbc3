#include "tools/training/network_file.h"

#include <nlohmann/json.hpp>
#include <set>

#include "engine/error.h"
#include "io/safetensors.h"

namespace adjoint {

using nlohmann::ordered_json;

namespace {

// Attributes hold pointers to names that outlive them: every name that was ever read is kept.
const char* kept(const std::string& name) {
    static std::set<std::string> names;
    return names.insert(name).first->c_str();
}

bool whole_numbers(const ordered_json& value) {
    for (const auto& v : value)
        if (!v.is_number_integer()) return false;
    return true;
}

// The number of batches that a batch norm has seen, which other codes store beside its running statistics.
bool is_count(const std::string& name) {
    const std::string end = ".num_batches_tracked";
    return name.size() > end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

void put(Attributes& settings, const Attributes& more) {
    for (const auto& [name, value] : more) settings.set(name, value);
}

}  // namespace

std::string settings_text(const Attributes& settings) {
    ordered_json json = ordered_json::object();
    for (const auto& [name, value] : settings)
        std::visit(
            [&, key = name](const auto& v) {
                if constexpr (std::is_constructible_v<ordered_json, decltype(v)>) json[key] = v;
            },
            value);
    return json.dump();
}

Attributes settings_from_text(const std::string& text, const std::string& who) {
    const ordered_json json = ordered_json::parse(text, nullptr, false);
    if (!json.is_object())
        fail(ExitCode::invalid_input, who, "the settings are no JSON object: " + text.substr(0, 200));
    Attributes settings;
    for (const auto& [name, value] : json.items()) {
        if (value.is_number_integer())
            settings.set(kept(name), value.get<int64_t>());
        else if (value.is_number())
            settings.set(kept(name), value.get<double>());
        else if (value.is_string())
            settings.set(kept(name), value.get<std::string>());
        else if (value.is_array() && whole_numbers(value))
            settings.set(kept(name), value.get<std::vector<int64_t>>());
        else
            fail(ExitCode::invalid_input, who, "setting '" + name + "' is " + value.dump().substr(0, 200),
                 "settings are numbers, lists of whole numbers, or words");
    }
    return settings;
}

Description describe(const Network& network) {
    return {{"format", "adjoint 1"},
            {"architecture", network.architecture},
            {"settings", settings_text(network.settings)}};
}

Network load_network(const std::filesystem::path& path, const std::string& name, const Attributes& given, Type type,
                     Device device) {
    const std::string who = path.string();
    const Architecture& architecture = architecture_named(name);
    Attributes settings;
    Parameters stored;  // all that the file may hold: weights, running statistics, and counts that nobody needs
    {
        FileInput input(path);
        const SafetensorsHeader header = read_safetensors_header(input);
        auto entry = [&](const char* key) {
            const auto found = header.metadata.find(key);
            return found == header.metadata.end() ? std::string() : found->second;
        };
        const bool ours = entry("format").rfind("adjoint ", 0) == 0;
        if (ours && entry("architecture") != name)
            fail(ExitCode::mismatch, "reading the " + name + " in " + who, "it holds a '" + entry("architecture") + "'",
                 "name that network");
        settings = architecture.settings_from_shapes([&](const std::string& tensor) -> const Shape* {
            for (const auto& e : header.entries)
                if (e.name == tensor) return &e.shape;
            return nullptr;
        });
        if (ours) put(settings, settings_from_text(entry("settings"), "reading the " + name + " in " + who));
        for (const auto& e : header.entries)
            if (is_count(e.name)) stored.declare(e.name, e.shape);
    }
    put(settings, given);
    Network network = architecture.make(settings, 0, type, device);
    for (const Parameters* p : {&network.parameters, &network.statistics})
        for (int i = 0; i < p->count(); ++i) stored.declare(p->name(i), p->tensor(i).shape());
    stored.allocate(type, device);
    load_weights(path, stored);
    for (const Parameters* p : {&network.parameters, &network.statistics})
        for (int i = 0; i < p->count(); ++i) p->tensor(i).copy_from(stored.tensor(p->name(i)));
    return network;
}

}  // namespace adjoint
