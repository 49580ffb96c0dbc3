// Image networks by name, for tools/training/mri_model.h.
#include <charconv>
#include <mutex>
#include <set>

#include "engine/error.h"
#include "models/networks.h"
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

Denoiser residual(const Words& settings, uint64_t seed, Device device) {
    ResidualDenoiserSettings s;
    for (const auto& [key, value] : settings) {
        const std::string asked = "network residual, " + key;
        if (key == "width") s.width = number<int64_t>(asked, value);
        else if (key == "layers") s.layers = number<int64_t>(asked, value);
        else if (key == "batch_norm" && (value == "true" || value == "false")) s.batch_norm = value == "true";
        else if (key == "epsilon") s.epsilon = number<double>(asked, value);
        else if (key == "last_gamma") s.last_gamma = number<double>(asked, value);
        else if (key == "initialisation" && (value == "glorot" || value == "fan-in"))
            s.initialisation = value == "glorot" ? ResidualDenoiserSettings::Initialisation::glorot
                                                 : ResidualDenoiserSettings::Initialisation::fan_in;
        else
            fail(ExitCode::usage, asked + " = " + value, "there is no such setting, or it is of another kind",
                 "there are width, layers, batch_norm (true or false), epsilon, last_gamma and initialisation (glorot "
                 "or fan-in)");
    }
    return residual_denoiser(s, seed, Type::float32, device);
}

// Names of attributes must live for ever.
const char* kept(const std::string& name) {
    static std::mutex mutex;
    static std::set<std::string> names;
    std::lock_guard lock(mutex);
    return names.insert(name).first->c_str();
}

// "2" a whole number, "1:2:3" a list of them, "0.5" a number, anything else a word.
Attribute attribute_of(const std::string& network, const std::string& key, const std::string& value) {
    const std::string asked = "network " + network + ", " + key;
    if (value.find(':') != std::string::npos) {
        std::vector<int64_t> list;
        for (size_t at = 0; at <= value.size();) {
            const size_t end = std::min(value.find(':', at), value.size());
            list.push_back(number<int64_t>(asked, value.substr(at, end - at)));
            at = end + 1;
        }
        return list;
    }
    if (value.find_first_not_of("-0123456789") == std::string::npos) return number<int64_t>(asked, value);
    if (value.find_first_not_of("-+.e0123456789") == std::string::npos) return number<double>(asked, value);
    return value;
}

}  // namespace

ImageNetwork image_network(const std::string& name, const std::string& settings, uint64_t seed, Device device) {
    const Words words = words_of(name, settings);
    const auto mode = std::make_shared<Mode>(Mode::evaluation);
    if (name == "residual") return {residual(words, seed, device), {}, mode};
    std::string known = "residual";
    for (const Architecture& a : architectures()) known += ", " + a.name;
    for (const Architecture& a : architectures()) {
        if (a.name != name) continue;
        Attributes attributes;
        for (const auto& [key, value] : words) attributes.set(kept(key), attribute_of(name, key, value));
        const Network n = a.make(attributes, seed, Type::float32, device);
        if (n.in != 2 || n.out != 2)
            fail(ExitCode::usage, "model.network = " + name,
                 "it has " + std::to_string(n.in) + " channels in and " + std::to_string(n.out) + " out",
                 "complex images have 2: set them in model.network_settings (in=2,out=2 or channels=2)");
        auto function = [f = n.function, mode](const std::vector<Tensor>& w, const Tensor& x) {
            return f(w, x, *mode);
        };
        return {{n.parameters, function}, n.statistics, mode};
    }
    fail(ExitCode::usage, "model.network = " + name, "there is none of this name", "there are " + known);
}

}  // namespace adjoint
