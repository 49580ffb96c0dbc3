#include "tools/training/fit_report.h"

#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/device.h"
#include "engine/error.h"
#include "engine/memory.h"
#include "engine/parallel.h"
#include "io/atomic_file.h"
#include "io/npy.h"
#include "io/png.h"
#include "io/svg.h"
#include "tools/training/machine.h"
#include "tools/training/metrics_file.h"

namespace adjoint {

using nlohmann::ordered_json;

void check_picture_path(const std::filesystem::path& path) {
    if (path.extension() != ".png" && path.extension() != ".npy")
        fail(ExitCode::usage, "the output " + path.string(), "its ending is neither .png nor .npy",
             "choose one of them");
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    if (::access(folder.c_str(), W_OK) != 0)
        fail(ExitCode::resources, "the output " + path.string(), "its folder: " + std::string(std::strerror(errno)),
             "make the folder, or choose one that you may write to");
}

void write_picture(const std::filesystem::path& path, const Tensor& picture, const FittedPicture& source) {
    if (path.extension() == ".png") {
        write_png(path, picture, source.bits == 16 ? 16 : 8);
        return;
    }
    Tensor values = picture.to(Device::cpu).to(Type::float64).copy();
    double* v = values.mutable_data<double>("write_picture");
    for (int64_t i = 0; i < values.size(); ++i) v[i] = source.low + v[i] * (source.high - source.low);
    values = values.to(Type::float32);
    write_npy(path, picture.size(0) == 1 ? values.viewed_as({picture.size(1), picture.size(2)}) : values);
}

namespace {

ordered_json json_of(const Readings& readings) {
    ordered_json json = ordered_json::object();
    for (const auto& [name, value] : readings) json[name] = value;
    return json;
}

}  // namespace

void write_curves(const RunFolder& folder, const std::vector<std::string>& loss_names,
                  const std::vector<std::string>& metric_names) {
    const auto table = read_metrics(folder.metrics());
    auto plot = [&](const std::string& title, const std::vector<std::string>& names, bool logarithmic) {
        Plot p{.title = title, .x_label = "step", .log_y = logarithmic};
        for (const std::string& name : names) {
            Curve curve{.name = name};
            const std::vector<double>& values = table.at(name);
            for (size_t i = 0; i < values.size(); ++i) {
                if (std::isnan(values[i])) continue;  // not measured at this step
                curve.x.push_back(table.at("step")[i]);
                curve.y.push_back(values[i]);
            }
            p.curves.push_back(std::move(curve));
        }
        return p;
    };
    std::vector<Plot> plots = {plot("loss", loss_names, true)};
    for (const std::string& name : metric_names) plots.push_back(plot(name, {name}, false));
    plots.push_back(plot("gradient norm", {"gradient_norm"}, true));
    write_atomically(folder.curves(), plots_svg(plots));
}

void write_manifest(const RunFolder& folder, const Manifest& m, const FitSettings& settings, const FitImage& image,
                    int64_t parameters) {
    const Device device = device_named(settings.device);
    ordered_json json = {{"program", m.program},
                         {"compiler", std::string("g++ ") + __VERSION__},
                         {"command", m.command},
                         {"status", m.status},
                         {"started", m.started},
                         {"written", time_text()},
                         {"seed", settings.seed},
                         {"input",
                          {{"path", std::filesystem::absolute(settings.image).string()},
                           {"sha256", m.input_hash},
                           {"content", image.source},
                           {"fitted", image.pixels.shape().text()},
                           {"low", image.picture.low},
                           {"high", image.picture.high}}},
                         {"network", {{"architecture", "siren"}, {"parameters", parameters}}},
                         {"machine",
                          {{"device", describe(device)},
                           {"processor", processor_name()},
                           {"processors", processor_count()},
                           {"threads", threads()},
                           {"memory_gb", double(memory_of_machine()) / 1e9},
                           {"system", system_name()}}}};
    if (m.resumed_at >= 0) json["resumed_at"] = m.resumed_at;
    if (m.status == "done")
        json["result"] = {{"steps", m.result.steps},
                          {"metrics", json_of(m.result.metrics)},
                          {"best", {{"value", m.result.best}, {"step", m.result.best_step}}},
                          {"seconds", m.result.seconds},
                          {"peak_tensors_mb", double(memory_use(device).peak) / 1e6},
                          {"peak_process_mb", double(peak_memory_of_process()) / 1e6}};
    write_atomically(folder.manifest(), json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

std::string hash_in_manifest(const RunFolder& folder) {
    std::ifstream file(folder.manifest());
    const auto json = nlohmann::json::parse(file, nullptr, /*allow_exceptions*/ false);
    if (!json.is_object() || !json.contains("input") || !json["input"].is_object()) return "";
    return json["input"].value("sha256", "");
}

}  // namespace adjoint
