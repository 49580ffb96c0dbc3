// adjoint recon: images from undersampled k-space, by a trained network.
#include <cmath>
#include <iostream>
#include <memory>

#include "engine/device.h"
#include "engine/parallel.h"
#include "io/png.h"
#include "models/forward/masks.h"
#include "tools/commands/commands.h"
#include "tools/commands/complex_output.h"
#include "tools/commands/slices_options.h"
#include "tools/training/mri_task.h"

namespace adjoint::commands {

namespace {

namespace fs = std::filesystem;

struct ReconOptions {
    std::string model, input, output, mask, maps, device = "cpu";
    SlicesOptions slices;
    bool undersample = false, quiet = false;
    int threads = 0;
};

bool is_nifti(const fs::path& path) {
    const std::string name = path.filename().string();
    return path.extension() == ".nii" || (name.size() > 7 && name.substr(name.size() - 7) == ".nii.gz");
}

void check_output(const ReconOptions& o, const Dataset& data) {
    const fs::path path = o.output;
    if (is_nifti(path) && data.files() > 1)
        fail(ExitCode::usage, "writing " + o.output, "the input has " + std::to_string(data.files()) + " files",
             "a NIfTI volume keeps the geometry of one: call it once per file");
    if (path.extension() == ".png" && data.size() != 1)
        fail(ExitCode::usage, "writing " + o.output, "the input has " + std::to_string(data.size()) + " slices",
             "choose one by --slices NUMBER, or write .npy or .nii.gz");
    if (is_nifti(path) || path.extension() == ".png")
        check_output_place(path);
    else
        check_complex_output(path);
}

// The measured samples of a slice; fully sampled data are no input for a network that was trained on less.
Tensor mask_of(const ReconOptions& o, const MriModel& model, const Dataset& data, int64_t i, const Tensor& kspace) {
    const int64_t h = kspace.size(1), w = kspace.size(2);
    if (o.undersample)
        return draw_mask(model.settings().sampling, h, w, uint64_t(model.settings().seed), MaskStream::fixed,
                         uint64_t(i));
    if (!o.mask.empty()) return read_mask(o.mask, h, w);
    const Tensor own = data.mask(i);
    const Tensor mask = own ? mask_from_values(own) : measured_samples(kspace, data.name(i));
    if (acceleration_of(mask) == 1)
        fail(ExitCode::mismatch, "reconstructing " + data.name(i) + " with " + o.model,
             "it is fully sampled, and the network was trained on k-space with gaps",
             "give the measured samples by --mask, or --undersample to draw a mask as in training");
    return mask;
}

MriExample prepared(const ReconOptions& o, const MriModel& model, const Dataset& data, int64_t i) {
    const Tensor kspace = data.kspace(i);
    if ((kspace.size(0) == 1) != (model.coils() == 1))
        fail(ExitCode::mismatch, "reconstructing " + data.name(i) + " with " + o.model,
             "the k-space has " + std::to_string(kspace.size(0)) + " coils, the network was trained on " +
                 std::to_string(model.coils()),
             "use a network that was trained on such data");
    PreparationSettings preparation = model.settings().preparation;
    if (!o.maps.empty()) preparation.maps = o.maps;
    MriExample e;
    e.name = data.name(i);
    e.mask = mask_of(o, model, data, i, kspace);
    const Complex all{kspace.viewed_as({1, kspace.size(0), kspace.size(1), kspace.size(2), 2})};
    const Complex y = all * e.mask.viewed_as({1, 1, e.mask.size(1), e.mask.size(2)});
    try {
        e.maps = coil_maps_for(preparation, y);
    } catch (const Error& error) {
        fail(error.code, e.name + ": " + error.asked, error.found, error.advice);
    }
    e.scale = normalisation_of(preparation, y, e.encoding(Device::cpu));
    e.y = y * (1 / e.scale);
    return e;
}

void write(const ReconOptions& o, const Dataset& data, const Tensor& images) {
    const fs::path path = o.output;
    const int64_t n = images.size(0), h = images.size(1), w = images.size(2);
    if (!is_nifti(path) && path.extension() != ".png") return write_complex(path, images);
    const Tensor magnitudes = abs(Complex{images});
    if (is_nifti(path)) return write_nifti(path, magnitudes, data.geometry(0));
    double top = 0;
    for (float m : magnitudes.values<float>()) top = std::max(top, double(m));
    write_png(path, magnitude_of(Complex{images}, top > 0 ? 1 / top : 1).viewed_as({n, h, w}));
}

void reconstruct(ReconOptions o) {
    if (o.threads > 0) set_threads(o.threads);
    const Device device = device_named(o.device);
    require_device(device);
    if (o.undersample && !o.mask.empty())
        fail(ExitCode::usage, "adjoint recon --undersample", "--mask was given too", "choose one");
    const MriModel model = load_mri_model(o.model, device);
    o.slices.files = {o.input};
    const Dataset data = o.slices.open();
    check_output(o, data);

    const Dataset::Size size = data.size_of_sample(0);
    for (int64_t i = 0; i < data.size(); ++i)
        if (data.size_of_sample(i).height != size.height || data.size_of_sample(i).width != size.width)
            fail(ExitCode::mismatch, "reconstructing " + o.input,
                 data.name(i) + " has another size than " + data.name(0),
                 "call it once per size, or give --size");
    Tensor images = Tensor::zeros({data.size(), size.height, size.width, 2});
    bool nothing = true;
    for (int64_t i = 0; i < data.size(); ++i) {
        const MriExample e = prepared(o, model, data, i);
        nothing = nothing && all_zero(e.y.data);
        const Complex x = reconstructed(model, model.parameters().tensors(), e, device) * e.scale;
        const Tensor host = x.data.to(Device::cpu);
        for (float v : host.values<float>())
            if (!std::isfinite(v))
                fail(ExitCode::numerical, "reconstructing " + e.name,
                     "the network's image holds NaN or infinite numbers",
                     "check that the data are such as it was trained on");
        images.slice_of_memory(i * size.height * size.width * 2, {1, size.height, size.width, 2}).copy_from(host);
        if (!o.quiet)
            std::cout << e.name << ": " << size.height << "x" << size.width << ", acceleration "
                      << acceleration_of(e.mask) << "\n";
    }
    if (nothing)
        fail(ExitCode::invalid_input, "reconstructing " + o.input, "every measured sample is 0",
             "check the file and the mask");
    write(o, data, images);
    if (!o.quiet) std::cout << o.output << "\n";
}

}  // namespace

void add_recon(CLI::App& app) {
    auto o = std::make_shared<ReconOptions>();
    CLI::App* recon = app.add_subcommand("recon", "Reconstruct undersampled k-space with a trained network");
    recon->add_option("model", o->model, "best.safetensors of a run of adjoint train")->required();
    recon->add_option("input", o->input, "k-space, 0 where nothing was measured: a file or a glob")->required();
    recon->add_option("output", o->output,
                      "Complex images: .npy or .cfl; magnitudes: .nii.gz with the input's geometry, .png of one slice")
        ->required();
    recon->add_option("--mask", o->mask, "What was measured, .npy; left out: the file's mask, or what is not 0");
    recon->add_option("--maps", o->maps, "Coil maps, complex: a file; left out: as in training");
    recon->add_flag("--undersample", o->undersample, "Draw masks as in training, for fully sampled data and images");
    o->slices.add(*recon);
    recon->add_option("--device", o->device, "cpu or cuda")->capture_default_str();
    recon->add_option("--threads", o->threads, "0: one per core")->check(CLI::Range(0, 4096))->capture_default_str();
    recon->add_flag("--quiet", o->quiet, "Print nothing");
    recon->callback([o] { reconstruct(*o); });
}

}  // namespace adjoint::commands
