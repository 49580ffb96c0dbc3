// adjoint eval: how near images are to their targets, slice by slice and volume by volume.
#include <iostream>
#include <memory>

#include "engine/device.h"
#include "engine/parallel.h"
#include "io/atomic_file.h"
#include "io/file_kind.h"
#include "kernels/pointwise/pointwise.h"
#include "tools/commands/commands.h"
#include "tools/commands/complex_output.h"
#include "tools/commands/slices_options.h"
#include "tools/training/mri_task.h"

namespace adjoint::commands {

namespace {

namespace fs = std::filesystem;

struct EvalOptions {
    std::string prediction, target, csv, device = "cpu";
    SlicesOptions slices;
    int threads = 0;
};

FileKind kind_of_file(const std::string& path) {
    FileInput input(expand_pattern(path)[0]);
    return kind_of(input);
}

// A set whose targets are the images to compare: of HDF5 those that the file holds, of others the file's own.
Dataset images_of(const EvalOptions& o, const std::string& path) {
    SlicesOptions slices = o.slices;
    slices.files = {path};
    if (slices.content.empty() && kind_of_file(path) != FileKind::hdf5) slices.content = "image";
    Dataset data = slices.open();
    if (!data.has_targets())
        fail(ExitCode::usage, "the images in " + path, "it holds k-space and no images",
             "give images (.npy, .nii.gz, .png or fastMRI's reconstruction_rss), or a model as the first file");
    return data;
}

// |x| of an image H×W or H×W×2.
Tensor magnitude_image(const Tensor& image) { return image.rank() == 3 ? abs(Complex{image}) : abs(image); }

ScoreTable scores_of_images(const EvalOptions& o) {
    const Dataset images = images_of(o, o.prediction), targets = images_of(o, o.target);
    if (images.size() != targets.size())
        fail(ExitCode::mismatch, "comparing " + o.prediction + " and " + o.target,
             "they have " + std::to_string(images.size()) + " and " + std::to_string(targets.size()) + " slices",
             "give images of the same slices (--slices applies to both)");
    ScoreTable table;
    for (int64_t i = 0; i < images.size(); ++i)
        table.add(targets.file(targets.sample(i).file).path.filename().string(), targets.name(i),
                  magnitude_image(images.target(i)), magnitude_image(targets.target(i)));
    table.finish();
    return table;
}

// Fully sampled data under the masks of the model, reconstructed and compared.
ScoreTable scores_of_model(const EvalOptions& o) {
    const Device device = device_named(o.device);
    require_device(device);
    const MriModel model = load_mri_model(o.prediction, device);
    SlicesOptions slices = o.slices;
    slices.resolve();
    const MriExamples examples("adjoint eval " + o.target, {o.target}, slices.dataset, model.settings());
    if ((examples.coils() == 1) != (model.coils() == 1))
        fail(ExitCode::mismatch, "evaluating " + o.prediction + " on " + o.target,
             "the k-space has " + std::to_string(examples.coils()) + " coils, the network was trained on " +
                 std::to_string(model.coils()),
             "use a network that was trained on such data");
    ScoreTable table;
    for (int64_t i = 0; i < examples.size(); ++i) {
        const MriExample e = examples.fixed(i);
        table.add(examples.data().file(e.file).path.filename().string(), e.name,
                  magnitude_of(reconstructed(model, model.parameters().tensors(), e, device), e.scale),
                  magnitude_of(e.target, e.scale));
    }
    table.finish();
    return table;
}

void evaluate(const EvalOptions& o) {
    if (o.threads > 0) set_threads(o.threads);
    if (!o.csv.empty()) check_output_place(o.csv);
    const ScoreTable table =
        kind_of_file(o.prediction) == FileKind::safetensors ? scores_of_model(o) : scores_of_images(o);
    if (!o.csv.empty()) write_atomically(o.csv, table.csv());
    std::cout << table.text();
}

}  // namespace

void add_eval(CLI::App& app) {
    auto o = std::make_shared<EvalOptions>();
    CLI::App* eval = app.add_subcommand("eval", "PSNR, SSIM and NMSE of images, or of a trained network");
    eval->add_option("prediction", o->prediction, "Images (a file or a glob), or a model of adjoint train")
        ->required();
    eval->add_option("target", o->target, "Their targets; for a model: fully sampled data")->required();
    eval->add_option("--csv", o->csv, "The table with all digits");
    o->slices.add(*eval);
    eval->add_option("--device", o->device, "Of a model: cpu or cuda")->capture_default_str();
    eval->add_option("--threads", o->threads, "0: one per core")->check(CLI::Range(0, 4096))->capture_default_str();
    eval->footer("Slices take their own maximum as the data range, volumes (as in fastMRI's evaluation) theirs.");
    eval->callback([o] { evaluate(*o); });
}

}  // namespace adjoint::commands
