// adjoint pics: classical reconstructions of k-space.
#include <cstdio>
#include <iostream>
#include <memory>

#include "engine/device.h"
#include "engine/error.h"
#include "engine/parallel.h"
#include "io/dataset.h"
#include "kernels/layout/layout.h"
#include "models/classical.h"
#include "models/forward/coil_maps.h"
#include "models/forward/masks.h"
#include "tools/commands/commands.h"
#include "tools/commands/complex_output.h"
#include "tools/training/mri_preparation.h"

namespace adjoint::commands {

namespace {

struct PicsOptions {
    std::vector<std::string> input, maps;
    std::string output, mask, method = "wavelet", algorithm = "fista", device = "cpu";
    EspiritSettings espirit;
    PicsSettings pics;
    double sense_lambda = 0.01;
    int threads = 0;
};

// The mask of a slice: the one given, the file's own, or where something was measured.
Tensor mask_for(const PicsOptions& o, const Dataset& data, int64_t i, const Tensor& kspace) {
    if (!o.mask.empty()) return read_mask(o.mask, kspace.size(1), kspace.size(2));
    const Tensor own = data.mask(i);
    return own ? mask_from_values(own) : measured_samples(kspace, data.name(i));
}

Complex maps_for(const PicsOptions& o, const Dataset& data, const Dataset* maps, int64_t i, const Complex& y) {
    if (y.size(1) == 1) return {};
    if (!maps) {
        try {
            return espirit(y, o.espirit).maps[0];
        } catch (const Error& e) {
            fail(e.code, data.name(i) + ": " + e.asked, e.found, e.advice);
        }
    }
    const Tensor m = maps->kspace(maps->size() == 1 ? 0 : i);
    if (!(m.shape() == Shape{y.size(1), y.size(2), y.size(3), 2}))
        fail(ExitCode::mismatch, "adjoint pics --maps " + o.maps[0],
             "the maps are " + m.shape().text() + ", the k-space is " + y.data.shape().text(),
             "they must be coils x H x W");
    return {m.viewed_as(y.data.shape())};
}

void reconstruct(PicsOptions o) {
    if (o.threads > 0) set_threads(o.threads);
    const Device device = device_named(o.device);
    require_device(device);
    check_complex_output(o.output);
    const Dataset data(o.input, {.content = Content::kspace});
    const std::unique_ptr<Dataset> maps =
        o.maps.empty() ? nullptr : std::make_unique<Dataset>(o.maps, DatasetOptions{.content = Content::kspace});
    if (maps && maps->size() != 1 && maps->size() != data.size())
        fail(ExitCode::mismatch, "adjoint pics --maps", std::to_string(maps->size()) + " sets of maps for " +
             std::to_string(data.size()) + " slices", "give one, or one for every slice");
    const Dataset::Size size = data.size_of_sample(0);
    Tensor images = Tensor::zeros({data.size(), size.height, size.width, 2});
    bool nothing = true;
    for (int64_t i = 0; i < data.size(); ++i) {
        const Tensor k = data.kspace(i);
        if (k.size(1) != size.height || k.size(2) != size.width)
            fail(ExitCode::mismatch, "adjoint pics", data.name(i) + " has another size than " + data.name(0),
                 "call it once per size");
        const Complex y{k.viewed_as({1, k.size(0), k.size(1), k.size(2), 2})};
        const Complex S = maps_for(o, data, maps.get(), i, y);
        const CartesianEncoding E(S ? Complex{S.data.to(device)} : S, mask_for(o, data, i, k).to(device));
        const Complex there{y.data.to(device)};
        Complex x;
        if (o.method == "zero-filled")
            x = zero_filled(E, there);
        else if (o.method == "sense")
            x = sense(E, there, o.sense_lambda, o.pics.iterations);
        else
            x = pics(E, there, o.pics).x;
        const Tensor mask = E.mask.to(Device::cpu).viewed_as({1, 1, E.mask.size(1), E.mask.size(2)});
        const bool empty = all_zero((y * mask).data);
        nothing = nothing && empty;
        images.slice_of_memory(i * size.height * size.width * 2, {1, size.height, size.width, 2})
            .copy_from(x.data.to(Device::cpu));
        if (!empty && all_zero(x.data.to(Device::cpu)))
            fail(ExitCode::numerical, data.name(i), "its image is zero everywhere, and its k-space is not",
                 "lower --lambda; multiply numbers that are tiny by a constant first");
        std::printf("%s: %lldx%lld, %lld coils, acceleration %.2f\n", data.name(i).c_str(), (long long)k.size(1),
                    (long long)k.size(2), (long long)k.size(0), acceleration_of(E.mask));
    }
    if (nothing)
        fail(ExitCode::invalid_input, "adjoint pics", "every measured sample is 0", "check the files and the mask");
    write_complex(o.output, images);
}

}  // namespace

void add_pics(CLI::App& app) {
    auto o = std::make_shared<PicsOptions>();
    CLI::App* pics =
        app.add_subcommand("pics", "Classical reconstructions: zero-filled, SENSE, wavelets, total variation");
    pics->add_option("input", o->input, "k-space, 0 where nothing was measured: files or globs (.npy, .cfl, .h5)")
        ->required();
    pics->add_option("-o,--output", o->output, "Complex images: .npy (slices x H x W) or .cfl")->required();
    pics->add_option("--maps", o->maps, "Coil maps (see adjoint coils); left out: ESPIRiT's");
    pics->add_option("--mask", o->mask,
                     "What was measured (see adjoint mask), .npy; left out: the file's mask, or what is not 0");
    pics->add_option("--calibration", o->espirit.calibration, "ESPIRiT: side of the square at the centre")
        ->capture_default_str();
    pics->add_option("--method", o->method, "zero-filled, sense, wavelet or tv")
        ->check(CLI::IsMember({"zero-filled", "sense", "wavelet", "tv"}))
        ->capture_default_str();
    pics->add_option("--algorithm", o->algorithm, "Of wavelet and tv: fista or admm")
        ->check(CLI::IsMember({"fista", "admm"}))
        ->capture_default_str();
    pics->add_option_function<double>(
            "--lambda", [o](double lambda) { o->pics.lambda = o->sense_lambda = lambda; },
            "Weight of the regulariser; of wavelet and tv as a share of the largest zero-filled value")
        ->default_str("0.002, sense 0.01");
    pics->add_option("--iterations", o->pics.iterations, "Steps")->capture_default_str();
    pics->add_option("--rho", o->pics.rho, "admm: weight of the constraint")->capture_default_str();
    pics->add_option("--device", o->device, "cpu or cuda")->capture_default_str();
    pics->add_option("--threads", o->threads, "Threads; 0: all cores")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str();
    pics->callback([o] {
        o->pics.regulariser =
            o->method == "tv" ? PicsSettings::Regulariser::total_variation : PicsSettings::Regulariser::wavelet;
        o->pics.algorithm = o->algorithm == "admm" ? PicsSettings::Algorithm::admm : PicsSettings::Algorithm::fista;
        reconstruct(*o);
    });
}

}  // namespace adjoint::commands
