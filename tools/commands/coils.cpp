// adjoint coils: coil maps from the fully measured centre of k-space.
#include <iostream>
#include <memory>

#include "engine/error.h"
#include "engine/parallel.h"
#include "io/dataset.h"
#include "io/npy.h"
#include "models/forward/coil_maps.h"
#include "tools/commands/commands.h"
#include "tools/commands/complex_output.h"

namespace adjoint::commands {

namespace {

struct CoilsOptions {
    std::vector<std::string> input;
    std::string output, eigenvalues, method = "espirit";
    EspiritSettings espirit;
    LowResolutionSettings low_resolution;
    int threads = 0;
};

void make_maps(CoilsOptions o) {
    if (o.threads > 0) set_threads(o.threads);
    check_complex_output(o.output);
    const bool espirit_method = o.method == "espirit";
    if (!espirit_method && !o.eigenvalues.empty())
        fail(ExitCode::usage, "adjoint coils --eigenvalues", "the low-resolution method has none",
             "take --method espirit");
    if (!o.eigenvalues.empty()) check_output_place(o.eigenvalues);
    const Dataset data(o.input, {.content = Content::kspace});
    const Dataset::Size size = data.size_of_sample(0);
    const int64_t n = data.size(), h = size.height, w = size.width;
    Tensor maps = Tensor::zeros({n, size.coils, h, w, 2}), eigenvalues = Tensor::zeros({n, h, w});
    for (int64_t i = 0; i < n; ++i) {
        const Dataset::Size own = data.size_of_sample(i);
        if (own.coils != size.coils || own.height != h || own.width != w)
            fail(ExitCode::mismatch, "adjoint coils", data.name(i) + " has another size than " + data.name(0),
                 "call it once per size");
        const Tensor k = data.kspace(i);
        const Complex kspace{k.viewed_as({1, size.coils, h, w, 2})};
        Complex found;
        if (espirit_method) {
            const EspiritMaps e = espirit(kspace, o.espirit);
            found = e.maps[0];
            eigenvalues.slice_of_memory(i * h * w, {h, w}).copy_from(e.eigenvalues.viewed_as({h, w}));
        } else {
            o.low_resolution.calibration = o.espirit.calibration;
            found = low_resolution_maps(kspace, o.low_resolution);
        }
        maps.slice_of_memory(i * k.size(), {1, size.coils, h, w, 2}).copy_from(found.data);
    }
    write_complex(o.output, maps);
    if (!o.eigenvalues.empty()) write_npy(o.eigenvalues, n == 1 ? eigenvalues.viewed_as({h, w}) : eigenvalues);
    std::cout << o.output << ": maps of " << size.coils << " coils, " << h << "x" << w
              << (n > 1 ? ", " + std::to_string(n) + " slices" : "") << "\n";
}

}  // namespace

void add_coils(CLI::App& app) {
    auto o = std::make_shared<CoilsOptions>();
    CLI::App* coils = app.add_subcommand("coils", "Coil maps from the fully measured centre of k-space");
    coils->add_option("input", o->input, "k-space: files or globs (.npy, .cfl, .h5)")->required();
    coils->add_option("-o,--output", o->output, "The maps: .npy (slices x coils x H x W) or .cfl")->required();
    coils->add_option("--method", o->method, "espirit, or low-resolution")
        ->check(CLI::IsMember({"espirit", "low-resolution"}))
        ->capture_default_str();
    coils->add_option("--calibration", o->espirit.calibration, "Side of the square at the centre that is used")
        ->capture_default_str();
    coils->add_option("--kernel", o->espirit.kernel, "ESPIRiT: side of the patches")->capture_default_str();
    coils
        ->add_option("--threshold", o->espirit.threshold,
                     "ESPIRiT: least squared singular value kept, as a share of the largest")
        ->capture_default_str();
    coils->add_option("--crop", o->espirit.crop, "ESPIRiT: maps are 0 where their eigenvalue is below")
        ->capture_default_str();
    coils->add_option("--mask-below", o->low_resolution.threshold,
                      "Low-resolution: maps are 0 where the image is below this share of its maximum")
        ->capture_default_str();
    coils->add_option("--eigenvalues", o->eigenvalues,
                      "ESPIRiT: writes the eigenvalues as .npy, 1 where the maps are sure");
    coils->add_option("--threads", o->threads, "Threads; 0: all cores")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str();
    coils->callback([o] { make_maps(*o); });
}

}  // namespace adjoint::commands
