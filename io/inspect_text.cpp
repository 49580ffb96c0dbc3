#include "io/inspect_text.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace adjoint {

namespace {

using json = nlohmann::ordered_json;

// A file's text may hold what a terminal would obey.
std::string harmless(const std::string& text) {
    constexpr size_t longest = 300;
    std::string result;
    for (const char c : text.substr(0, longest)) result += uint8_t(c) < 32 || c == 127 ? '?' : c;
    return text.size() > longest ? result + "... (" + std::to_string(text.size()) + " bytes)" : result;
}

std::string number_text(double value) {
    char text[40];
    return std::string(text, std::to_chars(text, text + sizeof text, value, std::chars_format::general, 7).ptr);
}

std::string value_text(const json& value) {
    if (value.is_string()) return harmless(value.get<std::string>());
    if (value.is_number_float()) return number_text(value.get<double>());
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    if (!value.is_array()) return harmless(value.dump(-1, ' ', false, json::error_handler_t::replace));
    std::string text;
    for (const auto& part : value) (text += text.empty() ? "[" : ", ") += value_text(part);
    return (text.empty() ? "[" : text) + "]";
}

std::string shape_text(const json& shape) {
    std::string text;
    for (const auto& size : shape) (text += text.empty() ? "" : "×") += value_text(size);
    return text.empty() ? "scalar" : text;
}

size_t width_of(const std::string& text) {  // characters, not bytes
    return size_t(std::count_if(text.begin(), text.end(), [](char c) { return (uint8_t(c) & 0xc0) != 0x80; }));
}

std::string padded(const std::string& text, size_t width) {
    return text + std::string(width - std::min(width, width_of(text)), ' ');
}

std::string range_text(const json& holder) {
    std::string text;
    if (holder.contains("range")) text = value_text(holder["range"][0]) + " to " + value_text(holder["range"][1]);
    if (holder.contains("not_finite"))
        ((text += text.empty() ? "" : ", ") += value_text(holder["not_finite"])) += " not finite";
    return text.empty() ? "no values" : text;
}

std::string tensors_text(const json& tensors, bool with_range) {
    std::vector<std::array<std::string, 4>> rows;
    std::array<size_t, 4> width = {};
    for (const auto& t : tensors) {
        rows.push_back(
            {harmless(t["name"].get<std::string>()), value_text(t["type"]), shape_text(t["shape"]),
                        with_range ? range_text(t) : ""});
        for (size_t i = 0; i < 4; ++i) width[i] = std::max(width[i], width_of(rows.back()[i]));
    }
    std::string text;
    for (const auto& row : rows) {
        text += "  ";
        for (size_t i = 0; i < 2; ++i) text += padded(row[i], width[i] + 2);
        text += (with_range ? padded(row[2], width[2] + 2) : row[2]) + row[3] + "\n";
    }
    return text;
}

}  // namespace

std::string text_of_report(const json& report) {
    size_t widest = 0;
    for (const auto& [key, value] : report.items()) widest = std::max(widest, key.size());
    std::string text;
    for (const auto& [key, value] : report.items()) {
        if (key == "not_finite") continue;  // beside the range
        std::string name = key;
        std::replace(name.begin(), name.end(), '_', ' ');
        const std::string start = padded(name + ":", widest + 2);
        if (key == "tensors" || key == "data_sets") {
            text += start + std::to_string(value.size()) + "\n" + tensors_text(value, key == "tensors");
        } else if (key == "range") {
            text += start + range_text(report) + "\n";
        } else if (key == "shape" || key == "size") {
            text += start + shape_text(value) + "\n";
        } else if (key == "affine") {
            text += start + "voxel (x, y, z, 1) to space\n";
            for (const auto& row : value) text += "  " + value_text(row) + "\n";
        } else if (value.is_object()) {
            text += start + (value.empty() ? "none" : "") + "\n";
            for (const auto& [inner, part] : value.items())
                text += "  " + harmless(inner) + ": " + value_text(part) + "\n";
        } else {
            text += start + value_text(value) + "\n";
        }
    }
    if (report.contains("not_finite") && !report.contains("range")) text += "range: " + range_text(report) + "\n";
    return text;
}

}  // namespace adjoint
