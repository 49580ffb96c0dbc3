#include "tools/training/siren_file.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/error.h"
#include "io/safetensors.h"

namespace adjoint {

using nlohmann::ordered_json;

Description describe(const SirenSettings& s, const FittedPicture& p) {
    const ordered_json settings = {{"in", s.in},
                                   {"out", s.out},
                                   {"width", s.width},
                                   {"hidden_layers", s.hidden_layers},
                                   {"first_omega", s.first_omega},
                                   {"hidden_omega", s.hidden_omega}};
    const ordered_json picture = {
        {"height", p.height}, {"width", p.width}, {"low", p.low}, {"high", p.high}, {"bits", p.bits}};
    return {{"format", "adjoint 1"},
            {"architecture", "siren"},
            {"settings", settings.dump()},
            {"coordinates", "(row, column), each from -1 to 1 over the pixels' centres"},
            {"picture", picture.dump()}};
}

namespace {

// Inputs, outputs, width and depth, read off the shapes of net.0.linear.weight … net.L.weight.
SirenSettings settings_from_shapes(const SafetensorsHeader& header, const std::string& who) {
    auto shape_of = [&](const std::string& name) -> const Shape* {
        for (const auto& e : header.entries)
            if (e.name == name) return &e.shape;
        return nullptr;
    };
    auto refuse = [&](const std::string& found) {
        fail(ExitCode::mismatch, "reading the SIREN in " + who, found,
             "its tensors must be net.0.linear.weight, net.0.linear.bias, ..., and last net.L.weight, net.L.bias");
    };
    int64_t sines = 0;
    while (shape_of("net." + std::to_string(sines) + ".linear.weight")) ++sines;
    if (sines == 0) refuse("there is no tensor 'net.0.linear.weight'");
    const std::string last = "net." + std::to_string(sines) + ".weight";
    const Shape* first_weight = shape_of("net.0.linear.weight");
    const Shape* last_weight = shape_of(last);
    if (!last_weight) refuse("there is no tensor '" + last + "'");
    for (const Shape* weight : {first_weight, last_weight})
        if (weight->rank() != 2 || weight->count() == 0)
            refuse("a weight is " + weight->text() + " instead of outputs x inputs");
    return {
        .in = (*first_weight)[1], .out = (*last_weight)[0], .width = (*first_weight)[0], .hidden_layers = sines - 1};
}

}  // namespace

SirenFile load_siren(const std::filesystem::path& path, const SirenHints& hints, Type type, Device device) {
    const std::string who = path.string();
    SirenSettings settings;
    std::optional<FittedPicture> picture;
    {
        FileInput input(path);
        const SafetensorsHeader header = read_safetensors_header(input);
        settings = settings_from_shapes(header, who);
        auto entry = [&](const char* key) {
            const auto found = header.metadata.find(key);
            return found == header.metadata.end() ? std::string() : found->second;
        };
        if (entry("format").rfind("adjoint ", 0) == 0) {
            if (entry("architecture") != "siren")
                fail(ExitCode::mismatch, "reading the SIREN in " + who, "it holds a '" + entry("architecture") + "'",
                     "use the command for that network");
            try {
                const auto s = ordered_json::parse(entry("settings"));
                settings.first_omega = s.at("first_omega").get<double>();
                settings.hidden_omega = s.at("hidden_omega").get<double>();
                const auto p = ordered_json::parse(entry("picture"));
                picture = FittedPicture{p.at("height").get<int64_t>(), p.at("width").get<int64_t>(),
                                        p.at("low").get<double>(), p.at("high").get<double>(), p.at("bits").get<int>()};
                if (picture->height < 1 || picture->width < 1 || !std::isfinite(picture->low) ||
                    !std::isfinite(picture->high))
                    throw std::runtime_error("the picture's size or range is impossible");
            } catch (const std::exception& e) {
                fail(ExitCode::invalid_input, "reading the SIREN in " + who,
                     std::string("its metadata are damaged: ") + e.what(), "write the file again with `adjoint fit`");
            }
        }
    }
    if (hints.first_omega) settings.first_omega = *hints.first_omega;
    if (hints.hidden_omega) settings.hidden_omega = *hints.hidden_omega;
    SirenFile file{Siren(settings, 0, type, device), picture};
    load_weights(path, file.network.parameters);
    return file;
}

}  // namespace adjoint
