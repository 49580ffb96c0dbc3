// adjoint train: a network that reconstructs undersampled MRI, from a configuration.
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/device.h"
#include "engine/memory.h"
#include "engine/parallel.h"
#include "io/atomic_file.h"
#include "io/picture.h"
#include "io/safetensors.h"
#include "tools/commands/command_line.h"
#include "tools/commands/commands.h"
#include "tools/commands/version.h"
#include "tools/training/interruption.h"
#include "tools/training/machine.h"
#include "tools/training/mri_report.h"

namespace adjoint::commands {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct TrainOptions {
    std::string configuration, run, resume, log = "auto";
    std::vector<std::string> assignments;
    bool quiet = false, list = false;
};

MriSettings settings_of_new_run(const TrainOptions& o) {
    MriSettings settings;
    SettingsTable table = settings.table();
    table.read(o.configuration);
    for (const std::string& assignment : o.assignments) table.assign(assignment);
    return settings;
}

// A run's own settings, of which only those may change that leave the weights at every step the same.
MriSettings settings_of_resumed_run(const TrainOptions& o, const RunFolder& folder) {
    MriSettings settings;
    SettingsTable table = settings.table();
    table.read(folder.configuration());
    std::vector<std::string> before;
    for (const Setting& s : table.settings()) before.push_back(table.text(s));
    for (const std::string& assignment : o.assignments) table.assign(assignment);
    for (size_t i = 0; i < before.size(); ++i) {
        const Setting& s = table.settings()[i];
        if (table.text(s) != before[i] && !may_change_on_mri_resume(s.key))
            fail(ExitCode::usage, "adjoint train --resume " + o.resume,
                 s.key + " = " + table.text(s) + ", but the run was started with " + before[i],
                 "start a new run, or leave it as it was");
    }
    return settings;
}

// The patterns as they must be to mean the same from another folder.
std::vector<std::string> absolute(const std::vector<std::string>& patterns) {
    std::vector<std::string> all;
    for (const std::string& p : patterns) all.push_back(fs::absolute(p).string());
    return all;
}

// The data sets of a run, opened: headers are read, and what cannot be trained with is refused.
struct Sets {
    MriExamples training, validation;
    std::unique_ptr<MriExamples> test;

    explicit Sets(const MriSettings& s)
        : training("data.train", s.train, s.dataset_options(), s, s.training_slices),
          validation("data.validation", s.validation, s.dataset_options(), s, s.validation_slices) {
        if (!s.test.empty()) test = std::make_unique<MriExamples>("data.test", s.test, s.dataset_options(), s);
        for (const MriExamples* other : {&std::as_const(validation), static_cast<const MriExamples*>(test.get())})
            if (other && (other->coils() == 1) != (training.coils() == 1))
                fail(ExitCode::mismatch, "the data sets", "some have one coil and some have several",
                     "train, validate and test with data of one kind");
    }
    const MriExamples& scored() const { return test ? *test : validation; }
};

ordered_json files_of(const MriExamples& examples) {
    ordered_json files = ordered_json::array();
    for (size_t f = 0; f < examples.data().files(); ++f) {
        const fs::path& path = examples.data().file(f).path;
        std::error_code error;
        files.push_back({{"path", fs::absolute(path).string()}, {"bytes", int64_t(fs::file_size(path, error))}});
    }
    return files;
}

class Manifest {
public:
    Manifest(const RunFolder& folder, const MriSettings& settings, const Sets& sets, int64_t parameters)
        : folder_(folder) {
        json_ = {{"program", std::string("adjoint ") + version_number()},
                 {"compiler", std::string("g++ ") + __VERSION__},
                 {"command", command_line()},
                 {"status", ""},
                 {"started", time_text()},
                 {"written", ""},
                 {"seed", settings.seed},
                 {"data",
                  {{"training", {{"slices", sets.training.size()}, {"files", files_of(sets.training)}}},
                   {"validation", {{"slices", sets.validation.size()}, {"files", files_of(sets.validation)}}}}},
                 {"network", {{"scheme", settings.model.scheme}, {"parameters", parameters}}},
                 {"machine",
                  {{"device", describe(device_named(settings.device))},
                   {"processor", processor_name()},
                   {"threads", threads()},
                   {"system", system_name()}}}};
    }
    void write(const std::string& status) {
        json_["status"] = status;
        json_["written"] = time_text();
        write_atomically(folder_.manifest(), json_.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    }
    ordered_json& json() { return json_; }

private:
    const RunFolder& folder_;
    ordered_json json_;
};

// The masks that never change, one for every slice that is validated: W or H×W.
void save_masks(const RunFolder& folder, const MriSettings& s, const MriExamples& examples) {
    TensorFile file;
    for (int64_t i = 0; i < examples.size(); ++i) {
        const MriExample e = examples.fixed(i);
        const Shape shape = e.mask.size(1) == 1 ? Shape{e.mask.size(2)} : Shape{e.mask.size(1), e.mask.size(2)};
        file.tensors.push_back({std::to_string(i) + ": " + e.name, e.mask.viewed_as(shape)});
    }
    file.metadata = {{"kind", s.sampling.kind}, {"content", "masks of the validation slices"}};
    write_safetensors(folder.path() / "masks.safetensors", file);
}

std::string sampling_text(const SamplingSettings& s) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g×", s.acceleration);
    return s.kind == "file" ? s.file : s.kind + ", " + text;
}

void report(const MriSettings& settings, const RunFolder& folder, MriTask& task, const Sets& sets,
            const TrainingResult& result) {
    load_weights(folder.best_weights(), task.weights(), task.statistics());
    const MriExamples& scored = sets.scored();
    MriReport r;
    r.title = folder.path().filename().string();
    r.status = result.early ? "stopped early after " + std::to_string(result.steps) + " steps"
                            : "done after " + std::to_string(result.steps) + " steps";
    r.about = settings.model.scheme + " with " + settings.model.network + ", " +
              std::to_string(task.weights().size()) + " parameters; loss " + settings.loss + "; " +
              std::to_string(sets.training.size()) + " slices to learn from, " + std::to_string(scored.size()) +
              (sets.test ? " test slices" : " validation slices") + " below; mask " + sampling_text(settings.sampling) +
              "; weights of step " + std::to_string(result.best_step) + ", the best of validation.";
    MriSettings copy = settings;
    r.configuration = copy.table().toml();
    r.scores = task.scores(scored);
    const int64_t count = std::min(settings.pictures, scored.size());
    for (int64_t k = 0; k < count; ++k) {
        const MriExample e = scored.fixed((2 * k + 1) * scored.size() / (2 * count));
        r.pictures.push_back({e.name, mosaic(task.pictures(e), 4)});
    }
    write_mri_report(folder, r, task.loss_names(), task.metric_names());
}

void summary(const RunFolder& folder, const TrainingResult& result) {
    char text[200];
    std::snprintf(text, sizeof text, "%lld steps in %s, best PSNR %.2f dB at step %lld", (long long)result.steps,
                  duration_text(result.seconds).c_str(), result.best, (long long)result.best_step);
    std::cout << text << "\n" << (folder.path() / "report.html").string() << "\n";
}

void run(const TrainOptions& o, const MriSettings& settings, RunFolder& folder, const Sets& sets, MriTask& task,
         bool resume) {
    Progress progress("train", o.quiet ? Log::quiet : log_named(o.log));
    Trainer trainer(task, settings.resolved_training(sets.training.size()), folder, progress);
    Manifest manifest(folder, settings, sets, task.weights().size());
    if (resume) manifest.json()["resumed_at"] = trainer.resume();

    MriSettings kept = settings;
    kept.train = absolute(settings.train);
    kept.validation = absolute(settings.validation);
    kept.test = absolute(settings.test);
    write_atomically(folder.configuration(), kept.table().toml());
    save_masks(folder, settings, sets.validation);
    manifest.write("running");
    progress.note(std::to_string(sets.training.size()) + " slices, " + std::to_string(sets.validation.size()) +
                  " for validation, " + std::to_string(task.weights().size()) + " parameters, " +
                  describe(device_named(settings.device)));
    try {
        Interruption interruption;
        const TrainingResult result = trainer.run();
        progress.finish();
        report(settings, folder, task, sets, result);
        manifest.json()["result"] = {{"steps", result.steps},
                                     {"best_psnr", result.best},
                                     {"best_step", result.best_step},
                                     {"seconds", result.seconds},
                                     {"peak_tensors_mb", double(memory_use(device_named(settings.device)).peak) / 1e6},
                                     {"peak_process_mb", double(peak_memory_of_process()) / 1e6}};
        manifest.write("done");
        if (progress.style() != Log::quiet && progress.style() != Log::json) summary(folder, result);
    } catch (const Error& e) {
        progress.finish();
        try {
            manifest.write(e.code == ExitCode::interrupted ? "interrupted" : std::string("failed: ") + e.what());
        } catch (const Error&) {
            // The disk may be what failed; the first error is the one to tell.
        }
        throw;
    }
}

// Everything that can be refused is refused before a folder is made: the first slices are read and go through the
// network and the loss.
void check(MriTask& task, const Sets& sets) {
    const MriExamples& examples = sets.training;
    bool something = false;
    for (int64_t i = 0; i < examples.size() && !something; ++i) something = !all_zero(examples.fixed(i).target.data);
    if (!something)
        fail(ExitCode::invalid_input, "data.train", "every slice is zero everywhere", "check the files");
    task.loss(0, nullptr);
    const MriExample e = sets.validation.fixed(0);
    slice_scores(magnitude_of(e.target), magnitude_of(e.target), all_zero(e.target.data) ? 0 : 1, e.name);
}

void train(const TrainOptions& o) {
    if (o.list) {
        MriSettings settings;
        std::cout << settings.table().toml();
        return;
    }
    log_named(o.log);
    if (o.resume.empty() == o.configuration.empty() || (!o.resume.empty() && !o.run.empty()))
        fail(ExitCode::usage, "adjoint train",
             o.resume.empty() ? "no configuration is given" : "a configuration or --run was given with --resume",
             "adjoint train CONFIG.toml, or adjoint train --resume FOLDER");
    std::optional<RunFolder> folder;
    if (!o.resume.empty()) folder.emplace(RunFolder::open(o.resume));
    const MriSettings settings = folder ? settings_of_resumed_run(o, *folder) : settings_of_new_run(o);
    require_device(device_named(settings.device));
    if (settings.threads > 0) set_threads(int(settings.threads));
    const Sets sets(settings);
    MriTask task(settings, sets.training, sets.validation);
    const bool resume = folder.has_value();
    if (!resume) {
        check(task, sets);
        const fs::path own = fs::path("runs") / fs::path(o.configuration).stem();
        folder.emplace(RunFolder::create(o.run.empty() ? RunFolder::free_name(own) : fs::path(o.run)));
    }
    run(o, settings, *folder, sets, task, resume);
}

}  // namespace

void add_train(CLI::App& app) {
    auto o = std::make_shared<TrainOptions>();
    CLI::App* command = app.add_subcommand("train", "Train a network that reconstructs undersampled MRI");
    command->add_option("configuration", o->configuration, "Settings, TOML (see --settings and configs/)");
    command->add_option("--set", o->assignments, "One setting: --set training.steps=100")->type_name("KEY=VALUE");
    command->add_flag("--settings", o->list, "Print all settings with their defaults and meanings, as TOML");
    command->add_option("--run", o->run, "The run folder; by default runs/ and the configuration's name");
    command->add_option("--resume", o->resume, "Go on with the run in this folder, to the same bytes");
    command->add_option("--log", o->log, "auto, bar, lines, json or quiet")->capture_default_str();
    command->add_flag("--quiet", o->quiet, "The same as --log quiet");
    command->callback([o] { train(*o); });
}

}  // namespace adjoint::commands
