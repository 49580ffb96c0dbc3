// adjoint fit: trains a network of sines on an image, and renders it at any resolution.
#include <cmath>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/device.h"
#include "engine/parallel.h"
#include "io/atomic_file.h"
#include "tools/commands/command_line.h"
#include "tools/commands/commands.h"
#include "tools/commands/version.h"
#include "tools/training/fit_report.h"
#include "tools/training/image_task.h"
#include "tools/training/interruption.h"
#include "tools/training/machine.h"
#include "tools/training/sha256.h"
#include "tools/training/siren_render.h"

namespace adjoint::commands {

namespace {

namespace fs = std::filesystem;

struct FitOptions {
    std::string image, configuration, run, resume, model, output, size, log = "auto";
    std::vector<std::string> assignments;
    std::vector<std::array<std::string, 3>> overrides;  // key, value, option
    bool quiet = false, list = false;
};

void apply(SettingsTable& table, const FitOptions& o) {
    for (const std::string& assignment : o.assignments) table.assign(assignment);
    for (const auto& [key, value, option] : o.overrides) table.set(key, value, option);
}

FitSettings settings_of_new_run(const FitOptions& o) {
    FitSettings settings;
    SettingsTable table = settings.table();
    if (!o.configuration.empty()) table.read(o.configuration);
    apply(table, o);
    if (!o.image.empty()) settings.image = o.image;
    if (settings.image.empty())
        fail(ExitCode::usage, "adjoint fit", "no image is given",
             "adjoint fit IMAGE, or image = \"...\" in the configuration");
    return settings;
}

// A run's own settings, of which only those may change that leave the weights at every step the same.
FitSettings settings_of_resumed_run(const FitOptions& o, const RunFolder& folder) {
    if (!o.image.empty() || !o.configuration.empty() || !o.run.empty())
        fail(ExitCode::usage, "adjoint fit --resume " + o.resume, "an image, --config or --run was given too",
             "the run folder holds them already: leave them away");
    FitSettings settings;
    SettingsTable table = settings.table();
    table.read(folder.configuration());
    std::vector<std::string> before;
    for (const Setting& s : table.settings()) before.push_back(table.text(s));
    apply(table, o);
    for (size_t i = 0; i < before.size(); ++i) {
        const Setting& s = table.settings()[i];
        if (table.text(s) != before[i] && !may_change_on_resume(s.key))
            fail(ExitCode::usage, "adjoint fit --resume " + o.resume,
                 s.key + " = " + table.text(s) + ", but the run was started with " + before[i],
                 "start a new run, or leave it as it was");
    }
    return settings;
}

void prepare_device(const FitSettings& settings) {
    require_device(device_named(settings.device));
    if (settings.threads > 0) set_threads(int(settings.threads));
}

int64_t scaled(int64_t size, double scale) { return std::max<int64_t>(1, std::llround(double(size) * scale)); }

void render_to(const fs::path& path, const Siren& network, const FittedPicture& picture, double scale) {
    write_picture(path, render(network, scaled(picture.height, scale), scaled(picture.width, scale)), picture);
}

// What is left when the training is over: the picture, its error, the curves; prints where they are.
void finish(const FitOptions& o, const FitSettings& settings, const RunFolder& folder, ImageTask& task,
            const TrainingResult& result, Progress& progress) {
    const FittedPicture& picture = task.image().picture;
    task.draw_result(folder);
    write_curves(folder, task.loss_names(), task.metric_names());
    if (!o.output.empty())
        render_to(o.output, task.network(), picture, settings.scale);
    else if (settings.scale != 1)
        render_to(folder.path() / "scaled.png", task.network(), picture, settings.scale);

    if (progress.style() == Log::quiet || progress.style() == Log::json) return;
    std::cout << settings.image << ": " << result.steps << " steps in " << duration_text(result.seconds);
    char text[60];
    for (const auto& [name, value] : result.metrics) {
        std::snprintf(text, sizeof text, name == "psnr" ? ", %s %.2f dB" : ", %s %.4f", name.c_str(), value);
        std::cout << text;
    }
    std::cout << "\n" << (o.output.empty() ? (folder.path() / "fitted.png").string() : o.output) << "\n";
}

void train(const FitOptions& o, const FitSettings& settings, RunFolder& folder, bool resume) {
    prepare_device(settings);
    const FitImage image = load_fit_image(settings);
    Manifest manifest{.program = std::string("adjoint ") + version_number(),
                      .command = command_line(),
                      .status = "running",
                      .started = time_text(),
                      .input_hash = sha256_of_file(settings.image)};
    if (resume) {
        const std::string before = hash_in_manifest(folder);
        if (!before.empty() && before != manifest.input_hash)
            fail(ExitCode::mismatch, "adjoint fit --resume " + o.resume,
                 "the image " + settings.image + " is not the one that the run was started with",
                 "bring it back, or start a new run");
    }
    ImageTask task(settings, image);
    Progress progress("fit", o.quiet ? Log::quiet : log_named(o.log));
    Trainer trainer(task, settings.resolved_training(), folder, progress);
    if (resume) manifest.resumed_at = trainer.resume();

    FitSettings kept = settings;
    kept.image = fs::absolute(settings.image).string();  // the run may be resumed from another folder
    write_atomically(folder.configuration(), kept.table().toml());
    auto note = [&](const std::string& status) {
        manifest.status = status;
        write_manifest(folder, manifest, settings, image, task.weights().size());
    };
    note("running");
    progress.note(settings.image + " (" + image.source + ", " + image.pixels.shape().text() + "), " +
                  std::to_string(task.weights().size()) + " parameters, " + describe(device_named(settings.device)));
    try {
        Interruption interruption;
        manifest.result = trainer.run();
        progress.finish();
        finish(o, settings, folder, task, manifest.result, progress);
        note("done");
    } catch (const Error& e) {
        progress.finish();
        try {
            note(e.code == ExitCode::interrupted ? "interrupted" : std::string("failed: ") + e.what());
        } catch (const Error&) {
            // The disk may be what failed; the first error is the one to tell.
        }
        throw;
    }
}

// A run's configuration holds the image's path, and TOML holds UTF-8 alone.
void require_unicode(const std::string& path) {
    try {
        nlohmann::json(path).dump();
    } catch (const nlohmann::json::exception&) {
        fail(ExitCode::usage, "adjoint fit " + path, "the path is not UTF-8, so the run's configuration cannot hold it",
             "rename the file or folder");
    }
}

void start(const FitOptions& o) {
    const FitSettings settings = settings_of_new_run(o);
    prepare_device(settings);
    require_unicode(fs::absolute(settings.image).string());
    ImageTask::check_loss(settings, load_fit_image(settings));
    const fs::path path =
        o.run.empty() ? RunFolder::free_name(fs::path("runs") / fs::path(settings.image).stem()) : fs::path(o.run);
    RunFolder folder = RunFolder::create(path);
    train(o, settings, folder, false);
}

void resume(const FitOptions& o) {
    RunFolder folder = RunFolder::open(o.resume);
    const FitSettings settings = settings_of_resumed_run(o, folder);
    train(o, settings, folder, true);
}

// Renders a model that was saved.
void render_model(const FitOptions& o) {
    FitSettings settings;
    SettingsTable table = settings.table();
    apply(table, o);
    if (!o.image.empty() || o.output.empty())
        fail(ExitCode::usage, "adjoint fit --model " + o.model,
             o.output.empty() ? "no output is given" : "an image was given too",
             "adjoint fit --model MODEL --scale 4 -o PICTURE");
    prepare_device(settings);
    SirenFile file = load_siren(o.model, {}, Type::float32, device_named(settings.device));
    if (!o.size.empty()) {
        if (!file.picture) file.picture.emplace();
        std::tie(file.picture->height, file.picture->width) = parse_size(o.size, "size");
    }
    if (!file.picture)
        fail(ExitCode::usage, "adjoint fit --model " + o.model, "the file does not tell the picture's size",
             "give it, height first: --size 512x512");
    const SirenSettings& s = file.network.settings;
    if (s.in != 2 || (s.out != 1 && s.out != 3))
        fail(ExitCode::mismatch, "adjoint fit --model " + o.model,
             "its network has " + std::to_string(s.in) + " inputs and " + std::to_string(s.out) + " outputs",
             "a picture needs 2 inputs (row, column) and 1 or 3 outputs");
    render_to(o.output, file.network, *file.picture, settings.scale);
    if (!o.quiet) std::cout << o.output << "\n";
}

void fit(const FitOptions& o) {
    if (o.list) {
        FitSettings settings;
        std::cout << settings.table().toml();
        return;
    }
    log_named(o.log);  // everything that can be refused is refused before a folder is made
    if (!o.output.empty()) check_picture_path(o.output);
    if (!o.size.empty() && o.model.empty())
        fail(ExitCode::usage, "adjoint fit --size " + o.size, "it belongs to --model", "use --crop or --scale");
    if (!o.model.empty() && !o.resume.empty())
        fail(ExitCode::usage, "adjoint fit", "--model and --resume were both given", "choose one");
    if (!o.model.empty())
        render_model(o);
    else if (!o.resume.empty())
        resume(o);
    else
        start(o);
}

}  // namespace

void add_fit(CLI::App& app) {
    auto o = std::make_shared<FitOptions>();
    CLI::App* command = app.add_subcommand("fit", "Train a network of sines on an image");
    command->add_option("image", o->image, "PNG (8 or 16 bits), NPY, or a volume in NIfTI or NPY with --slice");
    command->add_option("-c,--config", o->configuration, "Settings from a TOML file");
    command->add_option("--set", o->assignments, "One setting: --set model.width=128 (see --settings)")
        ->type_name("KEY=VALUE");
    command->add_flag("--settings", o->list, "Print all settings with their defaults and meanings, as TOML");
    command->add_option("--run", o->run, "The run folder; by default runs/ and the image's name");
    command->add_option("--resume", o->resume, "Go on with the run in this folder, to the same bytes");
    command->add_option("--model", o->model, "Do not train: render this model file to --output");
    command->add_option("--size", o->size, "The picture's size for a --model that does not tell it, 512x512");
    command->add_option("-o,--output", o->output, "Where the rendered picture goes, .png or .npy");
    command->add_option("--log", o->log, "auto, bar, lines, json or quiet")->capture_default_str();
    command->add_flag("--quiet", o->quiet, "The same as --log quiet");
    FitSettings defaults;
    const SettingsTable table = defaults.table();
    for (const Setting& s : table.settings()) {
        if (s.option.empty()) continue;
        const std::string key = s.key, option = s.option.substr(s.option.rfind(',') + 1);
        command
            ->add_option_function<std::string>(
                s.option,
                [o, key, option](const std::string& value) {
                    o->overrides.push_back({key, value, option});
                },
                s.help)
            ->default_str(table.text(s))
            ->type_name("")
            ->group("Settings")
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
    command->callback([o] { fit(*o); });
}

}  // namespace adjoint::commands
