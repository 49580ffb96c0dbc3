// adjoint mask: which samples of k-space are measured, as an array, a picture, or a text.
#include <cstring>
#include <iostream>
#include <memory>

#include "engine/error.h"
#include "io/dataset.h"
#include "io/npy.h"
#include "io/png.h"
#include "models/forward/masks.h"
#include "tools/commands/commands.h"
#include "tools/training/mri_sampling.h"

namespace adjoint::commands {

namespace {

struct Options {
    std::string kind, from, output, picture, name;
    int64_t height = 0, width = 0, calibration = 24, offset = -1;
    double acceleration = 4, centre_fraction = 0.08, power = 3, growth = 1;
    bool ellipse = false;
    uint64_t seed = 0;
};

Tensor columns(const Options& o) {
    const ColumnSettings settings{o.width, o.acceleration, o.centre_fraction};
    if (o.kind == "variable-density") return variable_density_columns(settings, o.power, o.seed);
    if (o.kind == "equispaced" && o.offset >= 0) return equispaced_columns(settings, o.offset);
    if (o.name.empty() && o.seed > UINT32_MAX)
        fail(ExitCode::usage, "adjoint mask --seed " + std::to_string(o.seed), "NumPy's seeds have 32 bits",
             "give a smaller one");
    NumpyRandom random = o.name.empty() ? NumpyRandom(uint32_t(o.seed)) : NumpyRandom::of_name(o.name);
    if (o.kind == "random") return random_columns(settings, random);
    if (o.kind == "equispaced-fraction") return equispaced_fraction_columns(settings, random);
    return equispaced_columns(settings, random);
}

// Columns as a line of signs, for terminals.
std::string text_of(const Tensor& mask) {
    std::string text;
    for (const float x : mask.values<float>()) text += x != 0 ? '|' : '.';
    return text + "\n";
}

// A mask of columns as a picture of k-space.
Tensor picture_of(const Tensor& mask, int64_t height) {
    const int64_t rows = mask.shape()[1], width = mask.shape()[2];
    if (rows != 1) return mask.viewed_as({rows, width});
    Tensor picture = Tensor::empty({height, width});
    for (int64_t r = 0; r < height; ++r)
        picture.slice_of_memory(r * width, {width}).copy_from(mask.viewed_as({width}));
    return picture;
}

bool same(const Tensor& a, const Tensor& b) {
    return a.shape() == b.shape() && std::memcmp(a.data<float>(), b.data<float>(), a.bytes()) == 0;
}

// The samples that a file holds, the same in all its slices.
Tensor mask_of_file(const std::string& file) {
    const Dataset data({file}, {.content = Content::kspace});
    auto mask_at = [&](int64_t i) {
        const Tensor own = data.mask(i);
        return own ? mask_from_values(own) : measured_samples(data.kspace(i), data.name(i));
    };
    const Tensor mask = mask_at(0);
    for (int64_t i = 1; i < data.size(); ++i)
        if (!same(mask_at(i), mask))
            fail(ExitCode::mismatch, "adjoint mask --from " + file,
                 data.name(i) + " was measured elsewhere than " + data.name(0), "give a file of one mask");
    return mask;
}

Tensor drawn(const Options& o) {
    if (o.kind.empty()) fail(ExitCode::usage, "adjoint mask", "kind is required", "give one, or --from KSPACE");
    if (o.width < 1) fail(ExitCode::usage, "adjoint mask " + o.kind, "--width is required", "give it");
    const bool disk = o.kind == "poisson-disk";
    if (disk && o.height < 1)
        fail(ExitCode::usage, "adjoint mask poisson-disk", "its height is missing", "give --height");
    if (!o.name.empty() && (disk || o.kind == "variable-density"))
        fail(ExitCode::usage, "adjoint mask " + o.kind + " --name", "only fastMRI's masks are drawn by a file's name",
             "give --seed");
    if (o.offset >= 0 && o.kind != "equispaced")
        fail(ExitCode::usage, "adjoint mask " + o.kind + " --offset", "only equispaced columns have one",
             "leave it away");
    const PoissonDiskSettings settings{o.height, o.width, o.acceleration, o.calibration, o.growth, o.ellipse, o.seed};
    return disk ? poisson_disk(settings) : columns(o);
}

void make_mask(const Options& o) {
    const Tensor mask = o.from.empty() ? drawn(o) : mask_of_file(o.from);
    const int64_t rows = mask.shape()[1], width = mask.shape()[2];
    if (!o.output.empty()) write_npy(o.output, rows == 1 ? mask.viewed_as({width}) : mask.viewed_as({rows, width}));
    if (!o.picture.empty()) write_png(o.picture, picture_of(mask, o.height > 0 ? o.height : width));
    if (o.output.empty() && o.picture.empty() && rows == 1) std::cout << text_of(mask);
    int64_t measured = 0;
    for (const float x : mask.values<float>()) measured += x != 0;
    std::cout << (o.from.empty() ? o.kind : o.from) << ": " << measured << " of " << mask.size() << (rows == 1 ? " columns" : " samples")
              << ", acceleration " << acceleration_of(mask) << "\n";
}

}  // namespace

void add_mask(CLI::App& app) {
    auto o = std::make_shared<Options>();
    CLI::App* mask = app.add_subcommand("mask", "Which samples of k-space are measured");
    CLI::Option* kind = mask->add_option("kind", o->kind,
                                         "random, equispaced-fraction and equispaced (fastMRI's columns), "
                                         "variable-density (columns), poisson-disk (two directions)");
    kind->check(CLI::IsMember({"random", "equispaced-fraction", "equispaced", "variable-density", "poisson-disk"}));
    CLI::Option* width = mask->add_option("--width", o->width, "Columns of k-space");
    width->check(CLI::Range(1, 65536));
    mask->add_option("--height", o->height, "Rows of k-space (poisson-disk, and the picture of columns)")
        ->check(CLI::Range(1, 65536));
    mask->add_option("--acceleration", o->acceleration, "All samples over those measured")->capture_default_str();
    mask->add_option("--centre-fraction", o->centre_fraction, "Of the columns, always measured")->capture_default_str();
    mask->add_option("--seed", o->seed, "fastMRI's masks: NumPy's seed")->capture_default_str();
    mask->add_option("--name", o->name, "fastMRI's masks: of a validation file with this name, instead of a seed");
    mask->add_option("--offset", o->offset, "equispaced: the first column, instead of a random one")
        ->check(CLI::Range(0, 65535));
    mask->add_option("--power", o->power, "variable-density: weights (1 - |u|)^POWER")->capture_default_str();
    mask->add_option("--calibration", o->calibration, "poisson-disk: side of the square at the centre")
        ->capture_default_str();
    mask->add_option("--growth", o->growth, "poisson-disk: of the distance, from the centre to the corner")
        ->capture_default_str();
    mask->add_option("--from", o->from, "Instead of a kind: the samples that this k-space holds, or its own mask")
        ->excludes(kind)
        ->excludes(width);
    mask->add_flag("--ellipse", o->ellipse, "poisson-disk: nothing in the corners");
    mask->add_option("-o,--output", o->output, "The mask, .npy: W or H x W of 0 and 1");
    mask->add_option("--picture", o->picture, "The mask as .png");
    mask->callback([o] { make_mask(*o); });
}

}  // namespace adjoint::commands
