// Image networks by name, for tools/training/mri_model.h.
#include <charconv>
#include <set>

#include "engine/error.h"
#include "models/residual_denoiser.h"
#include "tools/training/mri_model.h"

namespace adjoint {

namespace {

using Words = std::vector<std::pair<std::string, std::string>>;

// "width=32,layers=5"
Words words_of(const std::string& network, const std::string& text) {
    Words words;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find(',', at), text.size()), equals = text.find('=', at);
        if (equals >= end)
            fail(ExitCode::usage, "network " + network + " with settings '" + text + "'",
                 "'" + text.substr(at, end - at) + "' has no '='", "write width=32,layers=5");
        words.push_back({text.substr(at, equals - at), text.substr(equals + 1, end - equals - 1)});
        at = end + 1;
    }
    return words;
}

template <class T>
T number(const std::string& asked, const std::string& text) {
    T value{};
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
        fail(ExitCode::usage, asked + " = " + text, "it is no number of the right kind", "width, for example, is 32");
    return value;
}

Denoiser residual(const std::string& settings, uint64_t seed, Device device) {
    ResidualDenoiserSettings s;
    for (const auto& [key, value] : words_of("residual", settings)) {
        const std::string asked = "network residual, " + key;
        if (key == "width") s.width = number<int64_t>(asked, value);
        else if (key == "layers") s.layers = number<int64_t>(asked, value);
        else if (key == "batch_norm" && (value == "true" || value == "false")) s.batch_norm = value == "true";
        else if (key == "epsilon") s.epsilon = number<double>(asked, value);
        else
            fail(ExitCode::usage, asked + " = " + value, "there is no such setting, or it is of another kind",
                 "there are width, layers, batch_norm (true or false) and epsilon");
    }
    return residual_denoiser(s, seed, Type::float32, device);
}

}  // namespace

Denoiser image_network(const std::string& name, const std::string& settings, uint64_t seed, Device device) {
    if (name == "residual") return residual(settings, seed, device);
    fail(ExitCode::usage, "model.network = " + name, "there is none of this name", "there is residual");
}

}  // namespace adjoint
