#include "tools/bench/modl_step.h"

#include <memory>

#include "engine/tape.h"
#include "io/mri_simulation.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "models/forward/masks.h"
#include "tools/bench/complex_picture.h"
#include "tools/training/mri_model.h"
#include "tools/training/optimiser.h"

namespace adjoint::bench {

namespace {

constexpr int64_t coils = 8;

MriModelSettings settings(bool recompute) {
    MriModelSettings s;
    s.model.scheme = "modl";
    s.model.network = "unet-ufloss";
    s.model.cg_tolerance = 0;  // all steps, whatever the numbers
    s.model.recompute = recompute;
    return s;
}

Tensor mask(int64_t size) {
    NumpyRandom random(1);
    return random_columns({size, 5, 0.08}, random);
}

struct Step {
    MriModel model;
    Parameters gradients;
    Optimiser adam;
    CartesianEncoding encoding;
    Complex target, measured;

    Step(int64_t size, bool recompute)
        : model(settings(recompute), coils, Device::cpu),
          gradients(model.parameters().like()),
          adam({}, model.parameters()),
          encoding({birdcage_maps(size, size, {.coils = coils}).viewed_as({1, coils, size, size, 2})}, mask(size)),
          target(complex_picture(size)),
          measured(encoding.forward(target)) {}

    void run(uint64_t step) {
        model.set_mode(Mode::training);
        Tape tape;
        const auto w = tape.variables(model.parameters().tensors());
        const Tensor loss = mean(square(model(w, measured, encoding).data - target.data));
        model.set_mode(Mode::training_again);  // what is recomputed has moved the running statistics once already
        gradients.gather(gradient(loss, w));
        adam.step(model.parameters(), gradients, 1e-4, int64_t(step) - 1);
    }
};

}  // namespace

std::function<void(uint64_t)> modl_step(int64_t size, bool recompute) {
    auto step = std::make_shared<Step>(size, recompute);
    return [step](uint64_t k) { step->run(k); };
}

}  // namespace adjoint::bench
