#include "tools/training/optimiser.h"

#include "engine/error.h"
#include "kernels/update/update.h"

namespace adjoint {

static constexpr const char* kind_names[] = {"adam", "adamw", "sgd"};

const char* name_of(OptimiserKind k) { return kind_names[int(k)]; }

OptimiserKind optimiser_named(const std::string& name) {
    for (int i = 0; i < 3; ++i)
        if (name == kind_names[i]) return OptimiserKind(i);
    fail(ExitCode::usage, "optimiser '" + name + "'", "there is no optimiser of this name",
         "choose adam, adamw or sgd");
}

Optimiser::Optimiser(const OptimiserSettings& settings, const Parameters& weights) : settings_(settings) {
    if (settings.kind != OptimiserKind::sgd) {
        state_.push_back({"first_moment", weights.like()});
        state_.push_back({"second_moment", weights.like()});
    } else if (settings.momentum != 0) {
        state_.push_back({"momentum", weights.like()});
    }
}

void Optimiser::step(Parameters& weights, const Parameters& gradient, double rate, int64_t step) {
    const OptimiserSettings& s = settings_;
    const Tensor w = weights.block(), g = gradient.block();
    if (s.kind == OptimiserKind::sgd) {
        const SgdSettings sgd_settings{.learning_rate = rate, .weight_decay = s.weight_decay, .momentum = s.momentum};
        if (state_.empty())
            sgd(w, g, sgd_settings);
        else
            sgd_momentum(w, g, state_[0].second.block(), sgd_settings);
        return;
    }
    const AdamSettings adam_settings{rate, s.beta1, s.beta2, s.epsilon, s.weight_decay};
    const Tensor m = state_[0].second.block(), v = state_[1].second.block();
    (s.kind == OptimiserKind::adam ? adam : adamw)(w, g, m, v, adam_settings, step + 1);
}

}  // namespace adjoint
