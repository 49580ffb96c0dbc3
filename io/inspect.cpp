#include "io/inspect.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/error.h"
#include "io/cfl.h"
#include "io/file_kind.h"
#include "io/gzip.h"
#include "io/hdf5/hdf5.h"
#include "io/image.h"
#include "io/inspect_text.h"
#include "io/nifti.h"
#include "io/npy.h"
#include "io/png.h"
#include "io/safetensors.h"
#include "io/slices/slice_file.h"

namespace adjoint {

namespace {

using json = nlohmann::ordered_json;

void add_range(json& j, const Tensor& values) {
    const ValueRange range = value_range(values);
    if (values.size() > range.not_finite) j["range"] = {range.low, range.high};
    if (range.not_finite) j["not_finite"] = range.not_finite;
}

json png_report(Input& input) {
    PngInfo info;
    bool transparent = false;
    const Tensor picture = read_png_colours(input, &info, &transparent);
    json j = {{"width", info.width}, {"height", info.height}, {"channels", info.channels}, {"bits", info.bits}};
    if (info.palette) j["palette"] = true;
    if (info.interlaced) j["interlaced"] = true;
    if (info.alpha) j["alpha"] = transparent ? "transparent in places (refused as an image)" : "opaque everywhere";
    add_range(j, picture);
    return j;
}

json npy_report(Input& input) {
    NpyHeader header;
    const Tensor array = read_npy(input, {}, &header);
    json j = {{"shape", header.shape},
              {"type", (header.complex ? "complex of " : "") + std::string(name_of(header.number))},
              {"stored_as", header.type},
              {"order", header.fortran_order ? "Fortran (first axis fastest)" : "C (last axis fastest)"},
              {"version", header.version}};
    add_range(j, array);
    return j;
}

// "RAS": the direction in space in which each axis runs, as far as one dominates.
std::string orientation(const NiftiHeader& header) {
    std::string letters;
    for (size_t axis = 0; axis < std::min<size_t>(3, header.size.size()); ++axis) {
        size_t space = 0;
        for (size_t s = 1; s < 3; ++s)
            if (std::fabs(header.affine[s][axis]) > std::fabs(header.affine[space][axis])) space = s;
        letters += header.affine[space][axis] < 0 ? "LPI"[space] : "RAS"[space];
    }
    return letters;
}

json nifti_report(Input& input) {
    const NiftiVolume volume = read_nifti(input);
    const NiftiHeader& header = volume.header;
    const char* kinds[] = {"", "", "complex of ", "RGB of ", "RGBA of "};
    json affine = json::array();
    bool finite = true;
    for (const auto& row : header.affine) {
        affine.push_back(row);
        for (const double x : row) finite = finite && std::isfinite(x);
    }
    json j = {{"version", header.version},
              {"size", header.size},
              {"axes", "x, y, z, t as far as there are, x fastest"},
              {"spacing", header.spacing},
              {"space_unit", header.space_unit.empty() ? "not given" : header.space_unit},
              {"type", std::string(kinds[header.parts]) + name_of(header.number)},
              {"byte_order", header.big_endian ? "big" : "little"},
              {"compressed", header.compressed}};
    if (header.size.size() > 3) j["time_unit"] = header.time_unit.empty() ? "not given" : header.time_unit;
    if (header.slope != 1 || header.intercept != 0)
        j["scaling"] = {{"slope", header.slope}, {"intercept", header.intercept}};
    if (finite) {
        j["orientation"] = orientation(header);
        j["affine"] = affine;
    }
    j["affine_from"] = header.affine_from;
    if (!header.description.empty()) j["description"] = header.description;
    if (!header.intent_name.empty()) j["intent"] = header.intent_name;
    add_range(j, volume.voxels);
    return j;
}

// A model's metadata are texts; those that hold JSON objects or lists (hyper-parameters) are shown as what they are.
json metadata_value(const std::string& text) {
    if (text.empty() || (text[0] != '{' && text[0] != '[')) return text;
    // Nothing that nests deeply, for printing it would recurse as deeply.
    bool deep = false;
    const json parsed = json::parse(
        text, [&](int depth, json::parse_event_t, json&) { return !(deep = deep || depth > 32); }, false);
    return parsed.is_discarded() || deep ? json(text) : parsed;
}

json safetensors_report(Input& input) {
    const SafetensorsHeader header = read_safetensors_header(input);
    json tensors = json::array();
    int64_t numbers = 0;
    for (const auto& e : header.entries) {
        Tensor tensor = Tensor::empty(e.shape, exact_type(e.type));
        read_numbers(input, e.type, false, tensor, 0, tensor.size(), "tensor '" + e.name + "'");
        json t = {{"name", e.name}, {"type", name_of(e.type)}, {"shape", e.shape.vector()}};
        add_range(t, tensor);
        tensors.push_back(std::move(t));
        numbers += e.shape.count();
    }
    json metadata = json::object();
    for (const auto& [key, text] : header.metadata) metadata[key] = metadata_value(text);
    return {{"numbers", numbers}, {"metadata", std::move(metadata)}, {"tensors", std::move(tensors)}};
}

json cfl_report(const std::filesystem::path& path) {
    const CflArray array = read_cfl(path);
    json j = {
        {"shape", array.sizes}, {"axes", "BART's dimensions, the first one fastest"}, {"type", "complex of float32"}};
    add_range(j, array.values);
    return j;
}

json hdf5_report(const std::filesystem::path& path) {
    const Hdf5Contents contents = read_hdf5_contents(path);
    json datasets = json::array();
    for (const Hdf5Dataset& d : contents.datasets)
        datasets.push_back({{"name", d.path}, {"type", d.type}, {"shape", d.shape}});
    json j;
    try {
        const auto slices = open_slices(path, {});
        const NiftiHeader& g = slices->geometry;
        j["read_as"] = slices->format;
        j["slices"] = slices->slices;
        j["coils"] = slices->coils;
        j["plane"] = std::to_string(slices->height) + "×" + std::to_string(slices->width) +
                     (slices->content == Content::kspace ? " of k-space (H readout, W phase encoding)" : " pixels");
        if (!g.space_unit.empty()) j["spacing"] = g.spacing;
        if (slices->has_target)
            j["target"] = std::to_string(slices->target_height) + "×" + std::to_string(slices->target_width);
        if (slices->has_mask) j["undersampled"] = true;
    } catch (const Error& e) {
        if (e.code != ExitCode::invalid_input) throw;
        j["read_as"] = "no slices: " + e.found;
    }
    if (!contents.attributes.empty()) j["attributes"] = contents.attributes;
    j["data_sets"] = std::move(datasets);
    return j;
}

json report(const std::filesystem::path& given) {
    // The data of a BART array are known by their header beside them.
    const std::filesystem::path header = std::filesystem::path(given).replace_extension(".hdr");
    std::error_code ignored;
    const bool data_of_bart = given.extension() == ".cfl" && std::filesystem::exists(header, ignored);
    const std::filesystem::path path = data_of_bart ? header : given;
    FileInput input(path);
    const FileKind kind = kind_of(input);
    json j = {{"file", path.string()}, {"kind", name_of(kind)}, {"bytes", input.size()}};
    switch (kind) {
        case FileKind::png: j.update(png_report(input)); break;
        case FileKind::npy: j.update(npy_report(input)); break;
        case FileKind::nifti: j.update(nifti_report(input)); break;
        case FileKind::safetensors: j.update(safetensors_report(input)); break;
        case FileKind::cfl: j.update(cfl_report(path)); break;
        case FileKind::hdf5: j.update(hdf5_report(path)); break;
    }
    return j;
}

}  // namespace

std::string inspect_json(const std::filesystem::path& path) {
    return report(path).dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string inspect_text(const std::filesystem::path& path) { return text_of_report(report(path)); }

}  // namespace adjoint
