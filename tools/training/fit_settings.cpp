#include "tools/training/fit_settings.h"

#include <algorithm>

#include "engine/device.h"

namespace adjoint {

SettingsTable FitSettings::table() {
    constexpr double any = 1e15;  // beyond it, whole numbers are no longer exact in every file
    SettingsTable t("fit");
    auto known = [](auto&& check) { return [check](const std::string& text) { (void)check(text); }; };

    t.add({.key = "image", .help = "PNG, NPY or NIfTI file", .value = &image});
    t.add({.key = "slice", .option = "--slice", .help = "slice of a volume, axis:index", .value = &slice});
    t.add({.key = "pad", .option = "--pad", .help = "zeros around, up to 224 or 224x320; before the crop", .value = &pad});
    t.add({.key = "crop", .option = "--crop", .help = "centre crop, 224 or 224x320 (height x width)", .value = &crop});
    t.add({.key = "range",
           .option = "--range",
           .help = "what becomes [0, 1]: auto, minmax, none or low:high",
           .value = &range});
    t.add({.key = "loss", .option = "--loss", .help = "a sum of losses, such as l2+0.01*ms-glance", .value = &loss});
    t.add({"seed", "--seed", "of the weights and of every random choice", &seed, 0, any});
    t.add({.key = "device",
           .option = "--device",
           .help = "cpu, cuda or reference",
           .value = &device,
           .check = known(device_named)});
    t.add({"threads", "--threads", "0: one per core", &threads, 0, 4096});

    t.add({"model.width", "--width", "of the hidden layers", &width, 1, 1 << 16});
    t.add({"model.depth", "--depth", "hidden sine layers after the first", &depth, 0, 1024});
    t.add({"model.first_omega", "--first-omega", "frequency of the first layer", &first_omega, 0, 1e6, true});
    t.add({"model.hidden_omega", "--hidden-omega", "frequency of the hidden layers", &hidden_omega, 0, 1e6, true});

    TrainingSettings& r = training;
    t.add({"training.steps", "--steps", "updates of the weights", &r.steps, 1, any});
    t.add({"training.clip_norm", "--clip", "limit on the gradient's norm; 0: none", &r.clip_norm, 0, 1e30});
    t.add({"training.clip_value", "--clip-value", "limit on each element of the gradient; 0: none", &r.clip_value, 0,
           1e30});

    OptimiserSettings& o = r.optimiser;
    t.add({.key = "optimiser.name",
           .option = "--optimiser",
           .help = "adam, adamw or sgd",
           .value = &optimiser,
           .check = known(optimiser_named)});
    t.add({"optimiser.beta1", "", "of adam and adamw", &o.beta1, 0, 1, false, true});
    t.add({"optimiser.beta2", "", "of adam and adamw", &o.beta2, 0, 1, false, true});
    t.add({"optimiser.epsilon", "", "of adam and adamw", &o.epsilon, 0, 1, true});
    t.add({"optimiser.weight_decay", "--weight-decay", "adamw: decoupled; others: added to the gradient",
           &o.weight_decay, 0, 1e6});
    t.add({"optimiser.momentum", "--momentum", "of sgd", &o.momentum, 0, 1, false, true});

    Schedule& s = r.schedule;
    t.add({"schedule.learning_rate", "--lr,--learning-rate", "step length", &s.rate, 0, 1e6, true});
    t.add({.key = "schedule.shape",
           .option = "--schedule",
           .help = "constant, step or cosine",
           .value = &schedule,
           .check = known(schedule_named)});
    t.add({"schedule.warm_up", "--warm-up", "steps of linear rise", &s.warm_up, 0, any});
    t.add({"schedule.every", "", "steps between drops of 'step'", &s.every, 1, any});
    t.add({"schedule.factor", "", "of each drop of 'step'", &s.factor, 0, 1, true});
    t.add({"schedule.last", "", "where 'cosine' ends", &s.last, 0, 1e6});

    t.add({"output.evaluate_every", "--evaluate-every", "steps; 0: at the end", &r.evaluate_every, 0, any});
    t.add({"output.checkpoint_every", "--checkpoint-every", "steps; 0: at the end", &r.checkpoint_every, 0, any});
    t.add({"output.draw_every", "--draw-every", "steps between pictures; 0: at the end", &r.draw_every, 0, any});
    t.add({.key = "output.clock", .help = "seconds and memory in metrics.csv", .value = &r.clock});
    t.add({"output.scale", "--scale", "of the rendered picture: 4 for four times the size", &scale, 0, 1024, true});
    return t;
}

SirenSettings FitSettings::network(int64_t channels) const {
    return {.in = 2,
            .out = channels,
            .width = width,
            .hidden_layers = depth,
            .first_omega = first_omega,
            .hidden_omega = hidden_omega};
}

TrainingSettings FitSettings::resolved_training() const {
    TrainingSettings t = training;
    t.optimiser.kind = optimiser_named(optimiser);
    t.schedule.shape = schedule_named(schedule);
    return t;
}

bool may_change_on_resume(const std::string& key) {
    static const std::string free[] = {"training.steps", "threads", "output.checkpoint_every", "output.scale"};
    return std::find(std::begin(free), std::end(free), key) != std::end(free);
}

}  // namespace adjoint
