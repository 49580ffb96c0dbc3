// What `adjoint bench` measures of MRI: complex arithmetic on coil images, encodings, solves, a training step.
#include "tools/bench/mri_cases.h"

#include "engine/tape.h"
#include "kernels/reduction/reduction.h"
#include "kernels/wavelet/wavelet.h"
#include "models/forward/coil_maps.h"
#include "models/forward/masks.h"
#include "models/residual_denoiser.h"
#include "tools/bench/drdn_step.h"

namespace adjoint::bench {

namespace {

// Coil arrays of 65 MB, beyond the caches: 10 images of 8 coils, 320×320.
void complex_arithmetic(const Wanted& wanted, const Pattern& pattern, const std::function<void(const Case&)>& visit) {
    const double array = 10.0 * 8 * 320 * 320 * 8;
    Complex S, y, x;
    Tensor mask;
    auto one = [&](const char* name, double arrays, const std::function<void()>& f) {
        if (!wanted("complex", name)) return;
        if (!S) {
            S = {pattern({10, 8, 320, 320, 2})};
            y = {pattern({10, 8, 320, 320, 2})};
            x = {pattern({10, 320, 320, 2})};
            mask = pattern({1, 1, 1, 320});
        }
        visit({"complex", name, Bound::memory, arrays * array, f, 9});
    };
    one("conj(a) b", 3, [&] { multiply(S, y, {.a = true}); });
    one("|z|", 1.5, [&] { abs(y); });
    one("S x, 8 coils", 2.125, [&] { expand_coils(S, x); });
    one("Σ conj(S) y, 8 coils", 2.125, [&] { combine_coils(S, y); });
    one("data consistency, columns", 3, [&] { blend(y, S, mask); });
    one("inner products of images", 2, [&] { row_dot(y.data, S.data); });
}

void encodings(const Wanted& wanted, const Pattern& pattern, const std::function<void(const Case&)>& visit) {
    for (bool columns : {true, false}) {
        const std::string of = std::string("8 coils 320×320, ") + (columns ? "columns" : "points");
        if (!wanted("encoding", of)) continue;
        const Complex S{pattern({1, 8, 320, 320, 2})}, x{pattern({1, 320, 320, 2})};
        const Tensor mask = columns ? variable_density_columns({320, 5, 0.08}, 2, 1)
                                    : poisson_disk({.height = 320, .width = 320, .acceleration = 8});
        const CartesianEncoding E(S, mask);
        const Tensor lambda = Tensor::full({1}, 0.05);
        visit({"encoding", "Eᴴ E x, " + of, Bound::time, 0, [&] { E.normal(x); }, 15});
        visit({"encoding", "6 steps of conjugate gradients, " + of, Bound::time, 0,
               [&] { solve_normal(E, lambda, x, {}, {.iterations = 6}); }, 9});
    }
    if (wanted("wavelet", "320×320")) {
        const Tensor x = pattern({1, 320, 320, 2});
        visit({"wavelet", "320×320 complex, all levels", Bound::time, 0, [&] { wavelet(x, 1); }, 15});
    }
    if (wanted("espirit", "8 coils 128×128")) {
        const Complex y{pattern({1, 8, 128, 128, 2})};
        visit({"espirit", "8 coils 128×128, calibration 24", Bound::time, 0, [&] { espirit(y); }, 3});
    }
}

// BART's MoDL: 128×128, 8 coils, 5 unrolls of a residual network of 5 layers with 32 filters and 10 steps of conjugate
// gradients; value and gradients of the squared error.
void modl_step(const Wanted& wanted, const Pattern& pattern, const std::function<void(const Case&)>& visit) {
    for (SolveGradient mode : {SolveGradient::implicit, SolveGradient::unrolled}) {
        const std::string name = std::string("128×128, 8 coils, 5 unrolls, ") +
                                 (mode == SolveGradient::implicit ? "implicit" : "unrolled");
        if (!wanted("modl step", name)) continue;
        ModlSettings s;
        s.learn_lambda = true;
        s.solve = {.iterations = 10, .gradient = mode};
        const Modl model(s, [](uint64_t seed) { return residual_denoiser({.width = 32}, seed); });
        const Complex S{pattern({1, 8, 128, 128, 2})}, y = S, target{pattern({1, 128, 128, 2})};
        const CartesianEncoding E(S, poisson_disk({.height = 128, .width = 128, .acceleration = 8}));
        visit({"modl step", name, Bound::time, 0, [&] {
                   Tape tape;
                   const auto w = tape.variables(model.parameters.tensors());
                   gradient(mean(squared_magnitude(model(w, y, E) - target)), w);
               }, 7});
    }
}

void drdn_steps(const Wanted& wanted, const std::function<void(const Case&)>& visit) {
    for (bool recompute : {false, true}) {
        const std::string name = std::string("256×256, 3 recurrences, l1, Adam") + (recompute ? ", recompute" : "");
        if (!wanted("drdn step", name)) continue;
        const auto step = drdn_step(256, recompute);
        uint64_t k = 0;
        visit({"drdn step", name, Bound::arithmetic, drdn_step_flops(256), [&] { step(++k); }, 5});
    }
}

}  // namespace

void mri_cases(const Wanted& wanted, const Pattern& pattern, const std::function<void(const Case&)>& visit) {
    complex_arithmetic(wanted, pattern, visit);
    encodings(wanted, pattern, visit);
    modl_step(wanted, pattern, visit);
    drdn_steps(wanted, visit);
}

}  // namespace adjoint::bench
