#include "tools/bench/drdn_step.h"

#include <memory>

#include "engine/tape.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "models/forward/masks.h"
#include "tools/bench/complex_picture.h"
#include "tools/training/mri_model.h"
#include "tools/training/optimiser.h"

namespace adjoint::bench {

namespace {

constexpr int recurrences = 3;

MriModelSettings settings(bool recompute) {
    MriModelSettings s;
    s.model.scheme = "recurrent";
    s.model.network = "drdn";
    s.model.recurrences = recurrences;
    s.model.recompute = recompute;
    return s;
}

struct Step {
    MriModel model;
    Parameters gradients;
    Optimiser adam;
    Complex target, measured;
    CartesianEncoding encoding;

    Step(int64_t size, bool recompute)
        : model(settings(recompute), 1, Device::cpu), gradients(model.parameters().like()), adam({}, model.parameters()),
          target(complex_picture(size)), encoding({}, mask(size)) {
        measured = encoding.forward(target);
    }

    static Tensor mask(int64_t size) {
        NumpyRandom random(1);
        return random_columns({size, 5, 0.125}, random);
    }

    void run(uint64_t step) {
        Tape tape;
        const auto w = tape.variables(model.parameters().tensors());
        const Complex x = model(w, measured, encoding);
        gradients.gather(gradient(mean(abs(x.data - target.data)), w));
        adam.step(model.parameters(), gradients, 1e-4, int64_t(step) - 1);
    }
};

}  // namespace

std::function<void(uint64_t)> drdn_step(int64_t size, bool recompute) {
    auto step = std::make_shared<Step>(size, recompute);
    return [step](uint64_t k) { step->run(k); };
}

double drdn_step_flops(int64_t size) {
    const double pixels = double(size * size), dense = 9 * 32 * (32 + 64 + 96 + 128), fusion = 160 * 32;
    const double first = 9 * 2 * 32, last = 9 * 32 * 2;
    const double weights = first + 9 * 32 * 32 + 3 * (dense + fusion) + 96 * 32 + 2 * 9 * 32 * 32 + last;
    return 2 * pixels * (recurrences * 3 * weights - first);
}

}  // namespace adjoint::bench
