#include "tools/training/settings_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <toml++/toml.h>

#include "engine/error.h"

namespace adjoint {

namespace {

// Levenshtein's distance, for "did you mean".
size_t distance(const std::string& a, const std::string& b) {
    std::vector<size_t> row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t up = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
            diagonal = up;
        }
    }
    return row[b.size()];
}

std::string number_text(double value) {
    char text[40];
    return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

std::string toml_string(const std::string& text) {
    std::string q = "\"";
    for (char c : text) {
        char escape[8];
        if (c == '"' || c == '\\') {
            q += '\\';
            q += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            std::snprintf(escape, sizeof escape, "\\u%04X", unsigned(c));
            q += escape;
        } else {
            q += c;
        }
    }
    return q + "\"";
}

template <class T>
bool parse(const std::string& text, T& value) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stop == end && !text.empty();
}

std::string bounds(const Setting& s) {
    const std::string from = (s.above_low ? "above " : "at least ") + number_text(s.low);
    const std::string to = (s.below_high ? "below " : "at most ") + number_text(s.high);
    if (std::isinf(s.low) && std::isinf(s.high)) return "a finite number";
    if (std::isinf(s.high)) return from;
    if (std::isinf(s.low)) return to;
    return from + " and " + to;
}

[[noreturn]] void refuse_toml(const std::string& asked, const toml::parse_error& e) {
    const auto line = e.source().begin.line;
    fail(ExitCode::usage, asked, (line ? "line " + std::to_string(line) + ": " : "") + std::string(e.description()),
         "check that the file is there and is TOML: lines like steps = 500, texts in quotes");
}

// Puts a table of TOML and those inside it into the settings.
struct Walker {
    SettingsTable& settings;
    std::string who, file;

    void walk(const toml::table& t, const std::string& section) {
        for (const auto& [name, node] : t) {
            const std::string key = section + std::string(name.str());
            if (const auto* inner = node.as_table())
                walk(*inner, key + ".");
            else
                put(key, node, file + ", line " + std::to_string(node.source().begin.line));
        }
    }
    void put(const std::string& key, const toml::node& node, const std::string& origin) {
        const Setting& s = settings.find(key, origin);
        auto expect = [&](bool right, const char* found, const char* advice) {
            if (!right) fail(ExitCode::usage, who + ", " + origin + ": " + key, found, advice);
        };
        if (auto* list = std::get_if<std::vector<std::string>*>(&s.value)) {
            (*list)->clear();
            if (const auto* text = node.as_string()) return (*list)->push_back(text->get());
            expect(node.as_array(), "it is neither a text nor a list", "give texts in quotes: [\"a\", \"b\"]");
            for (const auto& item : *node.as_array()) {
                expect(item.as_string(), "an item of the list is no text", "give texts in quotes: [\"a\", \"b\"]");
                (*list)->push_back(item.as_string()->get());
            }
        } else if (const auto* text = node.as_string()) {
            expect(std::holds_alternative<std::string*>(s.value), "it is a text in quotes", "write it without quotes");
            settings.set(key, text->get(), origin);
        } else if (const auto* integer = node.as_integer()) {
            settings.set(key, std::to_string(integer->get()), origin);
        } else if (const auto* real = node.as_floating_point()) {
            settings.set(key, number_text(real->get()), origin);
        } else if (const auto* flag = node.as_boolean()) {
            settings.set(key, flag->get() ? "true" : "false", origin);
        } else {
            expect(false, "it is a list or a date", "give one value");
        }
    }
};

}  // namespace

void SettingsTable::add(Setting setting) { settings_.push_back(std::move(setting)); }

const Setting& SettingsTable::find(const std::string& key, const std::string& origin) const {
    const Setting* nearest = nullptr;
    for (const auto& s : settings_) {
        if (s.key == key) return s;
        if (!nearest || distance(s.key, key) < distance(nearest->key, key)) nearest = &s;
    }
    fail(ExitCode::usage, who_ + ", " + origin, "there is no setting '" + key + "'",
         nearest && distance(nearest->key, key) <= 4 ? "did you mean '" + nearest->key + "'?"
                                                     : "`adjoint " + who_ + " --settings` lists them");
}

void SettingsTable::set(const std::string& key, const std::string& value, const std::string& origin) {
    const Setting& s = find(key, origin);
    const std::string asked = who_ + ", " + origin + ": " + key + " = " + value;
    auto check_bounds = [&](double number) {
        if (!std::isfinite(number) || number < s.low || number > s.high || (s.above_low && number == s.low) ||
            (s.below_high && number == s.high))
            fail(ExitCode::usage, asked, "it must be " + bounds(s));
    };
    if (auto* flag = std::get_if<bool*>(&s.value)) {
        if (value != "true" && value != "false") fail(ExitCode::usage, asked, "it must be true or false");
        **flag = value == "true";
    } else if (auto* integer = std::get_if<int64_t*>(&s.value)) {
        int64_t number = 0;
        if (!parse(value, number)) fail(ExitCode::usage, asked, "it must be a whole number, " + bounds(s));
        check_bounds(double(number));
        **integer = number;
    } else if (auto* real = std::get_if<double*>(&s.value)) {
        double number = 0;
        if (!parse(value, number)) fail(ExitCode::usage, asked, "it must be a number, " + bounds(s));
        check_bounds(number);
        **real = number;
    } else if (auto* list = std::get_if<std::vector<std::string>*>(&s.value)) {
        (*list)->clear();
        for (size_t at = 0; at < value.size();) {
            const size_t end = std::min(value.find(',', at), value.size());
            if (end > at) (*list)->push_back(value.substr(at, end - at));
            at = end + 1;
        }
    } else {
        if (s.check) s.check(value);
        *std::get<std::string*>(s.value) = value;
    }
}

void SettingsTable::assign(const std::string& key_and_value) {
    const size_t equals = key_and_value.find('=');
    if (equals == std::string::npos)
        fail(ExitCode::usage, who_ + ", --set " + key_and_value, "it has no '='", "write --set key=value");
    auto trimmed = [](std::string text) {
        text.erase(0, text.find_first_not_of(' '));
        text.erase(text.find_last_not_of(' ') + 1);
        return text;
    };
    set(trimmed(key_and_value.substr(0, equals)), trimmed(key_and_value.substr(equals + 1)), "--set");
}

void SettingsTable::read(const std::filesystem::path& toml_file) {
    std::error_code error;
    if (std::filesystem::is_directory(toml_file, error))
        fail(ExitCode::usage, who_ + ", configuration " + toml_file.string(), "it is a folder",
             "give a TOML file; a run is gone on with by --resume");
    toml::table table;
    try {
        table = toml::parse_file(toml_file.string());
    } catch (const toml::parse_error& e) {
        refuse_toml(who_ + ", configuration " + toml_file.string(), e);
    }
    Walker{*this, who_, toml_file.string()}.walk(table, "");
}

void SettingsTable::read_text(const std::string& text, const std::string& origin) {
    toml::table table;
    try {
        table = toml::parse(text);
    } catch (const toml::parse_error& e) {
        refuse_toml(who_ + ", " + origin, e);
    }
    Walker{*this, who_, origin}.walk(table, "");
}

std::string SettingsTable::text(const Setting& s) const {
    if (auto* flag = std::get_if<bool*>(&s.value)) return **flag ? "true" : "false";
    if (auto* integer = std::get_if<int64_t*>(&s.value)) return std::to_string(**integer);
    if (auto* real = std::get_if<double*>(&s.value)) {
        const std::string number = number_text(**real);
        // TOML tells integers and reals apart by the point or exponent.
        return number.find_first_of(".e") == std::string::npos ? number + ".0" : number;
    }
    if (auto* list = std::get_if<std::vector<std::string>*>(&s.value)) {
        std::string all;
        for (const std::string& item : **list) all += (all.empty() ? "" : ", ") + toml_string(item);
        return "[" + all + "]";
    }
    return toml_string(*std::get<std::string*>(s.value));
}

std::string SettingsTable::toml() const {
    std::string top, text, section;
    for (const auto& s : settings_) {
        const size_t dot = s.key.find('.');
        const std::string own = dot == std::string::npos ? "" : s.key.substr(0, dot);
        const std::string name = s.key.substr(dot == std::string::npos ? 0 : dot + 1);
        const std::string line = name + " = " + this->text(s) + "  # " + s.help + "\n";
        if (own.empty()) {
            top += line;  // TOML wants what is in no section first
            continue;
        }
        if (own != section) text += "\n[" + own + "]\n";
        section = own;
        text += line;
    }
    return top + text;
}

}  // namespace adjoint
