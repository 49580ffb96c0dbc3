// adjoint simulate mri: multi-coil k-space of the slices of volumes, pictures, or of phantoms.
#include "tools/commands/simulate_mri.h"

#include <cmath>
#include <iostream>
#include <memory>
#include <optional>
#include <tuple>

#include "engine/error.h"
#include "io/mri_simulation.h"
#include "io/npy.h"
#include "io/phantom.h"
#include "io/slices/writers.h"
#include "kernels/complex/complex.h"
#include "models/forward/masks.h"
#include "tools/commands/slices_options.h"

namespace adjoint::commands {

namespace {

struct Options {
    SlicesOptions slices;
    MriSimulation mri;
    int64_t phantoms = 0;
    std::string output, maps, images, mask, matrix;
};

// The slices that are imaged, each file's brightest pixel being 1.
struct Subjects {
    std::optional<Dataset> files;
    int64_t count = 0, height = 0, width = 0;
    uint64_t seed = 0;
    std::vector<double> brightest;  // of each file
    NiftiHeader geometry;

    explicit Subjects(Options& o) {
        if (o.phantoms > 0) {
            if (!o.slices.files.empty())
                fail(ExitCode::usage, "adjoint simulate mri", "files and --phantom are both given",
                     "choose one of them");
            o.slices.resolve();
            count = o.phantoms;
            seed = o.mri.seed;
            height = o.slices.dataset.height ? o.slices.dataset.height : 256;
            width = o.slices.dataset.width ? o.slices.dataset.width : 256;
            return;
        }
        files.emplace(o.slices.open());
        count = files->size();
        geometry = files->geometry(0);
        brightest.assign(files->files(), 0);
        for (int64_t i = 0; i < count; ++i) {
            const auto size = files->size_of_sample(i);
            if (i == 0) {
                height = size.height;
                width = size.width;
            }
            if (size.height != height || size.width != width)
                fail(ExitCode::usage, "adjoint simulate mri",
                     files->name(i) + " is " + Shape{size.height, size.width}.text() + ", and others are " +
                         Shape{height, width}.text(),
                     "give --size HxW");
            const Tensor image = at(i);
            double& most = brightest[files->sample(i).file];
            for (const float x : magnitude(image).values<float>()) most = std::max(most, double(x));
        }
        for (size_t f = 0; f < brightest.size(); ++f)
            if (brightest[f] <= 0)
                fail(ExitCode::invalid_input, "reading " + files->file(f).path.string(), "its slices are black", "");
    }

    static Tensor magnitude(const Tensor& image) { return image.rank() == 3 ? abs(Complex{image}) : image; }

    // H×W, or H×W×2 where the file holds complex images; as it stands there.
    Tensor at(int64_t i) const {
        const Tensor image = files->target(i);
        if (!image || files->file(files->sample(i).file).content != Content::image)
            fail(ExitCode::invalid_input, "reading " + files->name(i), "it holds k-space instead of an image",
                 "give volumes, pictures or arrays of images (--as image)");
        return image;
    }
    Tensor scaled(int64_t i) const {
        if (!files) return head_phantom({height, width, false, seed + uint64_t(i)}).viewed_as({height, width});
        Tensor image = at(i).copy();
        const double factor = 1 / brightest[files->sample(i).file];
        float* x = image.mutable_data<float>("adjoint simulate mri");
        for (int64_t n = 0; n < image.size(); ++n) x[n] = float(x[n] * factor);
        return image;
    }
};

// The mask as H × W or W values, and k-space with what it leaves.
struct Sampling {
    Tensor mask;  // 1 × (H or 1) × W; none: everything is measured

    Sampling(const std::string& path, int64_t height, int64_t width) {
        if (path.empty()) return;
        mask = mask_from_values(read_npy(path, Type::float32));
        const Shape& s = mask.shape();
        if (s[0] != 1 || (s[1] != 1 && s[1] != height) || s[2] != width)
            fail(ExitCode::mismatch, "the mask " + path,
                 "it is " + s.text() + ", and k-space " + std::to_string(height) + "×" + std::to_string(width),
                 "make one of this size (adjoint mask)");
    }
    bool columns() const { return mask && mask.shape()[1] == 1; }
    Tensor of(const Tensor& kspace) const { return mask ? scale(Complex{kspace}, mask).data : kspace; }
};

// The geometry of images of other pixels over the same field of view: index ⌊n/2⌋ stays where it is (simulate_slice).
NiftiHeader resampled(NiftiHeader g, int64_t height, int64_t width) {
    const int64_t to[2] = {width, height};
    if (g.size.size() < 2) return g;  // phantoms lie nowhere
    for (size_t a = 0; a < 2; ++a) {
        const double pixel = double(g.size[a]) / double(to[a]);
        const double moved = double(g.size[a] / 2) - pixel * double(to[a] / 2);
        for (auto& row : g.affine) {
            row[3] += moved * row[a];
            row[a] *= pixel;
        }
        g.spacing[a] *= pixel;
        g.size[a] = to[a];
    }
    return g;
}

void simulate_mri(Options& o) {
    const std::filesystem::path path = o.output;
    if (!KspaceWriter::writes(path))
        fail(ExitCode::usage, "adjoint simulate mri -o " + o.output, "its ending is none of a format for k-space",
             "choose .h5 (fastMRI's layout), .cfl (BART) or .npy");
    if (!(o.mri.noise >= 0) || !std::isfinite(o.mri.noise) || !std::isfinite(o.mri.phase))
        fail(ExitCode::usage, "adjoint simulate mri", "noise or phase is no number from 0 on", "give numbers");
    if (!o.matrix.empty()) std::tie(o.mri.matrix_height, o.mri.matrix_width) = size_of_option("--matrix", o.matrix);
    const Subjects subjects(o);
    const Tensor maps = birdcage_maps(subjects.height, subjects.width, o.mri);
    const Tensor acquired_coils = acquired_maps(subjects.height, subjects.width, o.mri);
    const int64_t height = acquired_coils.size(1), width = acquired_coils.size(2);  // of k-space and its images
    const NiftiHeader geometry = resampled(subjects.geometry, height, width);
    const Sampling sampling(o.mask, height, width);

    FastmriLayout layout;
    layout.slices = subjects.count;
    layout.coils = o.mri.coils;
    layout.height = height;
    layout.width = width;
    layout.single_coil = o.mri.coils == 1;
    layout.geometry = geometry;
    layout.acquisition = "simulated";
    if (KspaceWriter::takes_targets(path)) {
        layout.target_height = height;
        layout.target_width = width;
    }
    KspaceWriter writer(path, layout);
    Tensor images = o.images.empty() ? Tensor() : Tensor::zeros({subjects.count, height, width, 2});
    for (int64_t i = 0; i < subjects.count; ++i) {
        const SimulatedSlice slice = simulate_slice(subjects.scaled(i), maps, o.mri, i);
        writer.write(i, sampling.of(slice.kspace),
                     layout.target_height > 0 ? Subjects::magnitude(slice.image) : Tensor());
        if (images) images.slice_of_memory(i * height * width * 2, slice.image.shape()).copy_from(slice.image);
    }
    if (KspaceWriter::takes_targets(path) && sampling.columns()) writer.mask(sampling.mask.viewed_as({width}));
    writer.commit();
    if (images) write_images(o.images, images, true, geometry);
    if (!o.maps.empty()) write_maps(o.maps, acquired_coils);
    std::cout << path.string() << ": " << subjects.count << " slices of " << o.mri.coils << " coils, " << height << "×"
              << width << ", noise " << o.mri.noise << "\n";
}

}  // namespace

void add_simulate_mri(CLI::App& simulate) {
    auto o = std::make_shared<Options>();
    CLI::App* mri = simulate.add_subcommand(
        "mri", "Multi-coil k-space: images with a smooth phase, seen by coils around them, with noise");
    mri->add_option("files", o->slices.files, "Volumes (NIfTI), pictures or arrays; files or globs");
    mri->add_option("--phantom", o->phantoms, "Instead of files: this many head phantoms")
        ->check(CLI::Range(1, 100000));
    o->slices.add(*mri);
    mri->add_option("--coils", o->mri.coils, "1: a single coil that sees everything alike")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    mri->add_option("--ring", o->mri.ring, "The coils' distance; the image reaches to 1")->capture_default_str();
    mri->add_option("--phase", o->mri.phase, "How far the image's phase strays, in radians")->capture_default_str();
    mri->add_option("--matrix", o->matrix, "HxW, the acquired part of the images' k-space: larger pixels");
    mri->add_option("--noise", o->mri.noise, "Its standard deviation, the brightest pixel being 1")
        ->capture_default_str();
    mri->add_option("--seed", o->mri.seed, "Of coils, phase, noise and phantoms")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1e15));
    mri->add_option("--mask", o->mask, "A mask (.npy, adjoint mask): what it leaves out is 0");
    mri->add_option("--maps", o->maps, "Also writes the coil maps: .npy or .cfl");
    mri->add_option("--images", o->images, "Also writes the complex images without noise: .nii.gz, .npy or .cfl");
    mri->add_option("-o,--output", o->output, "k-space: .h5 (fastMRI's layout, with targets), .cfl or .npy")
        ->required();
    mri->callback([o] { simulate_mri(*o); });
}

}  // namespace adjoint::commands
