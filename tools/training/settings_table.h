// The settings of a command: one table of names, bounds and meanings, from which follow the configuration file (TOML),
// the options of the command line, `--set key=value`, and the resolved configuration that a run folder keeps.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <variant>
#include <vector>

namespace adjoint {

struct Setting {
    std::string key;     // "steps", "optimiser.clip_norm": a section and a name
    std::string option;  // "--steps", "-o,--output"; empty: only by file and --set
    std::string help;    // one line
    std::variant<bool*, int64_t*, double*, std::string*, std::vector<std::string>*> value;
    double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
    bool above_low = false, below_high = false;          // the bound itself is not allowed
    std::function<void(const std::string&)> check = {};  // texts: throws what is wrong with one
};

class SettingsTable {
public:
    // `who` opens the errors: "fit".
    explicit SettingsTable(std::string who) : who_(std::move(who)) {}

    void add(Setting setting);
    void check_last(std::function<void(const std::string&)> check) { settings_.back().check = std::move(check); }
    const std::vector<Setting>& settings() const { return settings_; }

    // Errors, all usage: no such setting (names the nearest), a value of the wrong kind or out of bounds; `origin` says
    // where it came from ("--set", "config.toml, line 3").
    // A list is given as texts with commas between them.
    void set(const std::string& key, const std::string& value, const std::string& origin);
    void assign(const std::string& key_and_value);  // "key=value", from --set
    // Errors: also invalid input, where the file cannot be read or is not TOML (with its line).
    void read(const std::filesystem::path& toml_file);
    // The same from a text; `origin` says where it stands ("the settings in model.safetensors").
    void read_text(const std::string& toml, const std::string& origin);

    std::string text(const Setting&) const;  // its value as TOML
    std::string toml() const;                // all of them, in sections, with their meanings as comments

    const Setting& find(const std::string& key, const std::string& origin) const;  // errors (usage): there is none

private:
    std::string who_;
    std::vector<Setting> settings_;
};

}  // namespace adjoint
