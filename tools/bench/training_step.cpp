// Training steps as tools/compare times them beside PyTorch. SIREN's: Adam, learning rate 1e-4, gradient norm clipped to 1.
#include <cmath>
#include <cstdio>
#include <memory>

#include "engine/error.h"
#include "engine/tape.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/reduction/reduction.h"
#include "kernels/update/update.h"
#include "losses/composition.h"
#include "models/siren.h"
#include "tools/bench/drdn_step.h"
#include "tools/bench/measure.h"
#include "tools/bench/modl_step.h"

namespace adjoint::bench {

namespace {

// The test pattern of tools/compare/siren_speed.py: smooth waves and a finer diagonal one, the same in all channels.
Tensor test_image(int64_t size) {
    std::vector<float> v;
    for (int c = 0; c < 3; ++c)
        for (int64_t i = 0; i < size; ++i)
            for (int64_t j = 0; j < size; ++j)
                v.push_back(float(0.5 + 0.3 * std::sin(0.11 * double(i)) * std::cos(0.07 * double(j)) +
                                  0.1 * std::sin(0.5 * double(i + j))));
    return Tensor::from(v, {1, 3, size, size});
}

struct SirenStep {
    std::string which;
    int64_t size;
    Siren siren;
    Tensor x, image, pixels, guess;
    Parameters gradients;
    Tensor m, v;
    Composition glance, total;

    SirenStep(const std::string& which, int64_t size)
        : which(which), size(size), siren(SirenSettings{}, 1), x(image_coordinates(size, size)), image(test_image(size)),
          pixels(image_to_pixels(image)), guess(affine(image, 0.9, 0.05)), gradients(siren.parameters.like()),
          m(gradients.like().block()), v(gradients.like().block()), glance("ms-glance"), total("l2+0.01*ms-glance") {}

    void run(uint64_t k) {
        if (which == "glance-alone") {
            Tape tape;
            Tensor p = tape.variable(guess);
            gradient(glance.value(p, image, {1, k}).total, {p});
            return;
        }
        if (which == "l2-fused") {
            auto results = siren.step(x, pixels, "l2");
            gradients.gather({results.begin() + 1, results.end()});
        } else {
            Tape tape;
            auto w = tape.variables(siren.parameters.tensors());
            Tensor y = siren(w, x);
            Tensor loss = which == "l2" ? mean(square(y - pixels))
                                        : total.value(pixels_to_image(y, size, size), image, {1, k}).total;
            gradients.gather(gradient(loss, w));
        }
        clip_by_norm(gradients.block(), 1.0);
        adam(siren.parameters.block(), gradients.block(), m, v, {.learning_rate = 1e-4}, int64_t(k));
    }
};

std::function<void(uint64_t)> step_named(const std::string& which, int64_t size) {
    if (which == "drdn" || which == "drdn-recompute") return drdn_step(size, which == "drdn-recompute");
    if (which == "modl" || which == "modl-recompute") return modl_step(size, which == "modl-recompute");
    if (which != "l2" && which != "l2-fused" && which != "glance" && which != "glance-alone")
        fail(ExitCode::usage, "the training step '" + which + "'", "there is none of this name",
             "choose l2, l2-fused, glance, glance-alone, drdn, drdn-recompute, modl or modl-recompute");
    auto step = std::make_shared<SirenStep>(which, size);
    return [step](uint64_t k) { step->run(k); };
}

}  // namespace

std::string time_training_steps(const std::string& which, int64_t size, int steps, double program_start) {
    const std::function<void(uint64_t)> step = step_named(which, size);

    // From the program's start until the first step begins, and until it has ended.
    std::string json = "{\"ready\": " + std::to_string(seconds_now() - program_start);
    step(1);
    json += ", \"first\": " + std::to_string(seconds_now() - program_start) + ", \"times\": [";
    for (int k = 0; k < steps; ++k) {
        const double start = seconds_now();
        step(uint64_t(k) + 2);
        char number[32];
        std::snprintf(number, sizeof number, "%s%.6f", k ? ", " : "", seconds_now() - start);
        json += number;
    }
    return json + "], \"peak_mb\": " + std::to_string(peak_megabytes()) + "}";
}

}  // namespace adjoint::bench
