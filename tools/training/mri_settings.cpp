#include "tools/training/mri_settings.h"

#include <algorithm>

#include "engine/device.h"
#include "engine/error.h"
#include "losses/composition.h"

namespace adjoint {

namespace {

constexpr double any = 1e15;  // beyond it, whole numbers are no longer exact in every file

// A check that a text is one of `words`.
std::function<void(const std::string&)> one_of(const std::string& key, std::vector<std::string> words) {
    return [key, words](const std::string& text) {
        if (std::find(words.begin(), words.end(), text) != words.end()) return;
        std::string list;
        for (const std::string& w : words) list += (list.empty() ? "" : ", ") + w;
        fail(ExitCode::usage, key + " = " + text, "there is none of this name", "choose one of " + list);
    };
}

void text(SettingsTable& t, const char* key, std::string* value, const char* help,
          const std::vector<std::string>& words = {}) {
    t.add({.key = key, .help = help, .value = value});
    if (!words.empty()) t.check_last(one_of(key, words));
}
void flag(SettingsTable& t, const char* key, bool* value, const char* help) {
    t.add({.key = key, .help = help, .value = value});
}

}  // namespace

void MriModelSettings::add_to(SettingsTable& t) {
    text(t, "loss", &loss, "a sum of losses, such as l1+0.1*ms-glance{prior=0.01}");
    t.add({"seed", "", "of the weights and of every random choice", &seed, 0, any});

    ReconstructionSettings& m = model;
    text(t, "model.scheme", &m.scheme, "recurrent: network and data consistency in turn; modl; denoiser",
         {"recurrent", "modl", "denoiser"});
    text(t, "model.network", &m.network, "the network inside, by name");
    text(t, "model.network_settings", &m.network_settings, "its settings: features=32,blocks=3");
    t.add({"model.recurrences", "", "of recurrent", &m.recurrences, 1, 1000});
    t.add({"model.unrolls", "", "of modl", &m.unrolls, 1, 1000});
    t.add({"model.cg_iterations", "", "of modl: steps of conjugate gradients", &m.cg_iterations, 1, 10000});
    t.add({"model.cg_tolerance", "", "of modl: they end at this norm of the residual", &m.cg_tolerance, 0, 1e6});
    text(t, "model.cg_gradient", &m.cg_gradient, "of modl: unrolled or implicit", {"unrolled", "implicit"});
    text(t, "model.cg_start", &m.cg_start, "of modl: right-side, zero or denoised",
         {"right-side", "zero", "denoised"});
    text(t, "model.first_image", &m.first_image, "of modl: adjoint (zero-filled) or sense", {"adjoint", "sense"});
    t.add({"model.lambda", "", "of modl: weight of the denoised image", &m.lambda, 0, 1e6, true});
    flag(t, "model.learn_lambda", &m.learn_lambda, "of modl");
    flag(t, "model.shared_weights", &m.shared_weights, "of modl: one network for all unrolls");
    flag(t, "model.recompute", &m.recompute, "less memory, a third more time");

    text(t, "preparation.normalise", &preparation.normalise, "what becomes 1: max, percentile or none",
         {"max", "percentile", "none"});
    text(t, "preparation.maps", &preparation.maps, "of several coils: espirit, low-resolution, or a file");
    t.add({"preparation.calibration", "", "side of the square that maps come from", &preparation.calibration, 2, 4096});

    SamplingSettings& s = sampling;
    text(t, "mask.kind", &s.kind,
         "random, equispaced-fraction, equispaced, variable-density, poisson-disk or file",
         {"random", "equispaced-fraction", "equispaced", "variable-density", "poisson-disk", "file"});
    t.add({"mask.acceleration", "", "all samples over those measured", &s.acceleration, 1, 1000});
    t.add({"mask.centre_fraction", "", "of the columns, always measured", &s.centre_fraction, 0, 1});
    t.add({"mask.power", "", "of variable-density", &s.power, 0, 100});
    t.add({"mask.growth", "", "of poisson-disk", &s.growth, 0, 100});
    t.add({"mask.calibration", "", "of poisson-disk: side of the measured square", &s.calibration, 0, 4096});
    text(t, "mask.file", &s.file, "of kind file: NPY, W or H x W of 0 and 1");
    flag(t, "mask.redraw", &s.redraw, "another mask in every epoch");
    t.add({"mask.noise", "", "standard deviation, added to training data; 1: the image's white", &s.noise, 0, 1e6});
}

SettingsTable MriSettings::table() {
    SettingsTable t("train");
    auto known = [](auto&& check) { return [check](const std::string& name) { (void)check(name); }; };
    add_to(t);
    text(t, "device", &device, "cpu or cuda");
    t.check_last(known(device_named));
    t.add({"threads", "", "0: one per core", &threads, 0, 4096});

    t.add({.key = "data.train", .help = "files or globs, fully sampled", .value = &train});
    t.add({.key = "data.validation", .help = "files or globs", .value = &validation});
    t.add({.key = "data.test", .help = "for the final table; none: those of validation", .value = &test});
    text(t, "data.content", &content, "kspace or image, where a file may be either", {"", "kspace", "image"});
    text(t, "data.axis", &dataset.axis, "across which NIfTI volumes are sliced", {"x", "y", "z"});
    t.add({"data.begin", "", "first slice of each file; negative: from the end", &dataset.begin, -any, any});
    t.add({"data.end", "", "the slice after the last; 0: all, negative: from the end", &dataset.end, -any, any});
    t.add({"data.every", "", "step between slices", &dataset.every, 1, any});
    t.add({"data.height", "", "of the images, cropped or padded; 0: as in the file", &dataset.height, 0, 65536});
    t.add({"data.width", "", "the same", &dataset.width, 0, 65536});
    text(t, "data.dataset", &dataset.hdf5_dataset, "in HDF5 files");
    t.add({"data.training_slices", "", "so many, evenly chosen; 0: all", &training_slices, 0, any});
    t.add({"data.validation_slices", "", "the same for validation", &validation_slices, 0, any});
    flag(t, "data.shuffle", &shuffle, "another order in every epoch");
    t.add({"data.prefetch", "", "batches made ahead in the background; 0: none", &prefetch, 0, 1000});

    TrainingSettings& r = training;
    t.add({"training.steps", "", "updates of the weights", &r.steps, 1, any});
    t.add({"training.epochs", "", "instead of steps; 0: as training.steps says", &epochs, 0, any});
    t.add({"training.batch", "", "slices in one pass", &batch, 1, 65536});
    t.add({"training.accumulate", "", "passes whose mean gradient makes one step", &r.accumulate, 1, any});
    t.add({"training.clip_norm", "", "limit on the gradient's norm; 0: none", &r.clip_norm, 0, 1e30});
    t.add({"training.clip_value", "", "limit on each of its elements; 0: none", &r.clip_value, 0, 1e30});
    t.add({"training.average_decay", "", "of the weights' moving average; 0: none", &r.average_decay, 0, 1,
           false, true});
    t.add({"training.patience", "", "evaluations without a new best that end it; 0: none do", &r.patience, 0, any});

    OptimiserSettings& o = r.optimiser;
    text(t, "optimiser.name", &optimiser, "adam, adamw or sgd");
    t.check_last(known(optimiser_named));
    t.add({"optimiser.beta1", "", "of adam and adamw", &o.beta1, 0, 1, false, true});
    t.add({"optimiser.beta2", "", "of adam and adamw", &o.beta2, 0, 1, false, true});
    t.add({"optimiser.epsilon", "", "of adam and adamw", &o.epsilon, 0, 1, true});
    t.add({"optimiser.weight_decay", "", "adamw: decoupled; others: added to the gradient", &o.weight_decay, 0, 1e6});
    t.add({"optimiser.momentum", "", "of sgd", &o.momentum, 0, 1, false, true});

    Schedule& s = r.schedule;
    t.add({"schedule.learning_rate", "", "step length", &s.rate, 0, 1e6, true});
    text(t, "schedule.shape", &schedule, "constant, step or cosine");
    t.check_last(known(schedule_named));
    t.add({"schedule.warm_up", "", "steps of linear rise", &s.warm_up, 0, any});
    t.add({"schedule.every", "", "steps between drops of 'step'", &s.every, 1, any});
    t.add({"schedule.factor", "", "of each drop of 'step'", &s.factor, 0, 1, true});
    t.add({"schedule.last", "", "where 'cosine' ends", &s.last, 0, 1e6});

    t.add({"output.evaluate_every", "", "steps; 0: at the end", &r.evaluate_every, 0, any});
    t.add({"output.draw_every", "", "steps between pictures; 0: at the end", &r.draw_every, 0, any});
    t.add({"output.checkpoint_every", "", "steps; 0: at the end", &r.checkpoint_every, 0, any});
    t.add({"output.pictures", "", "slices in each picture", &pictures, 1, 64});
    flag(t, "output.clock", &r.clock, "seconds and memory in metrics.csv");
    return t;
}

DatasetOptions MriSettings::dataset_options() const {
    DatasetOptions o = dataset;
    if (content == "kspace") o.content = Content::kspace;
    if (content == "image") o.content = Content::image;
    return o;
}

TrainingSettings MriSettings::resolved_training(int64_t examples) const {
    TrainingSettings t = training;
    t.optimiser.kind = optimiser_named(optimiser);
    t.schedule.shape = schedule_named(schedule);
    const int64_t per_step = batch * t.accumulate;
    if (epochs > 0) t.steps = std::max<int64_t>(1, (epochs * examples + per_step - 1) / per_step);
    return t;
}

bool may_change_on_mri_resume(const std::string& key) {
    static const std::string free[] = {"training.steps", "training.epochs",        "training.patience", "threads",
                                       "data.prefetch",  "output.checkpoint_every", "data.test"};
    return std::find(std::begin(free), std::end(free), key) != std::end(free);
}

}  // namespace adjoint
