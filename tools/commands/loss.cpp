// adjoint loss: the value of a loss or metric on two files, and the loss's gradient.
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>

#include "engine/tape.h"
#include "io/file_kind.h"
#include "io/image.h"
#include "io/npy.h"
#include "losses/composition.h"
#include "losses/metrics.h"
#include "tools/commands/commands.h"

namespace adjoint::commands {

namespace {

struct LossOptions {
    std::string name, prediction, target, gradient, slice;
    std::optional<double> data_range;
    uint64_t seed = 0, step = 0;
    bool list = false;
};

// What the files hold, as losses take it: 1×C×H×W, complex numbers 1×C×H×W×2.
struct LossImage {
    Tensor pixels;
    Shape own;  // the array without the batch axis
    bool complex = false;
    double low = 0, high = 0;  // what the file's type means by black and white; equal: nothing
};

LossImage read_loss_image(const std::string& path, const std::string& slice) {
    FileInput input(path);
    if (kind_of(input) == FileKind::npy) {
        input.rewind();
        NpyHeader header;
        Tensor array = read_npy(input, Type::float64, &header);
        if (header.complex) {
            array = sliced(array, parse_slices(slice), "reading " + path);
            const int axes = array.rank() - 1;
            if (axes != 2 && axes != 3)
                fail(ExitCode::usage, "reading " + path + " as an image",
                     "it is a complex array of " + std::to_string(axes) + " axes",
                     "choose a plane by --slice AXIS:INDEX");
            std::vector<int64_t> shape = array.shape().vector();
            const Shape own = array.shape();
            while (shape.size() < 5) shape.insert(shape.begin(), 1);
            return {array.viewed_as(Shape(shape)), own, true};
        }
        input.rewind();
    }
    input.rewind();
    const Image image = read_image(input, {.slices = parse_slices(slice)});
    const Shape& s = image.pixels.shape();
    const Tensor pixels = image.pixels.to(Type::float64).viewed_as({1, s[0], s[1], s[2]});
    return {pixels, s[0] == 1 ? Shape{s[1], s[2]} : s, false, image.low, image.nominal ? image.high : image.low};
}

void print(const std::string& name, double value) { std::printf("%s %.12g\n", name.c_str(), value); }

bool print_metric(const LossOptions& o, const LossImage& prediction, const LossImage& target) {
    if (o.name == "nrmse") return print(o.name, nrmse(prediction.pixels, target.pixels)), true;
    if (o.name == "nmse") return print(o.name, nmse(prediction.pixels, target.pixels)), true;
    if (o.name != "psnr" && o.name != "mean-ssim") return false;
    double range = target.high - target.low;
    if (!(range > 0)) {
        const ValueRange values = value_range(target.pixels);
        range = values.high - values.low;
    }
    if (o.data_range) range = *o.data_range;
    if (!(range > 0))
        fail(ExitCode::usage, "adjoint loss " + o.name, "the target is constant, so it tells no data range",
             "give --data-range");
    print(o.name, o.name == "psnr" ? psnr(prediction.pixels, target.pixels, range)
                                   : ssim_metric(prediction.pixels, target.pixels, range));
    std::printf("data-range %.12g\n", range);
    return true;
}

void loss(const LossOptions& o) {
    if (o.list) {
        std::cout << losses_help() << "Metrics: psnr, mean-ssim (scikit-image's default), nrmse, nmse\n";
        return;
    }
    if (o.target.empty())
        fail(ExitCode::usage, "adjoint loss", "a name and two files are needed",
             "adjoint loss NAME PREDICTION TARGET, or --list");
    if (o.data_range && std::isnan(*o.data_range))
        fail(ExitCode::usage, "adjoint loss --data-range nan", "it is not a number",
             "give the distance from black to white, such as 1 or 255");
    const LossImage prediction = read_loss_image(o.prediction, o.slice), target = read_loss_image(o.target, o.slice);
    if (prediction.complex != target.complex || !(prediction.pixels.shape() == target.pixels.shape()))
        fail(ExitCode::mismatch, "adjoint loss " + o.name,
             o.prediction + " is " + prediction.own.text() + (prediction.complex ? " complex" : "") + ", " + o.target +
                 " is " + target.own.text() + (target.complex ? " complex" : ""),
             "both must have one shape");
    if (print_metric(o, prediction, target)) {
        if (!o.gradient.empty())
            fail(ExitCode::usage, "adjoint loss " + o.name + " --gradient",
                 "a metric is a number to report, without a gradient", "take a loss: adjoint loss --list");
        return;
    }
    const Composition composition(o.name);
    Tape tape;
    const Tensor x = tape.variable(prediction.pixels);
    const LossValue value = composition.value(x, target.pixels, {o.seed, o.step});
    const double total = value.total.item();
    if (!std::isfinite(total))
        fail(ExitCode::numerical, "adjoint loss " + o.name, "its value is not finite",
             "check the range of the two files");
    if (!o.gradient.empty())
        write_npy(o.gradient, gradient(value.total, {x})[0].viewed_as(prediction.own), prediction.complex);
    print("loss", total);
    for (const LossTerm& term : value.terms) print(term.name, term.value.item());
}

}  // namespace

void add_loss(CLI::App& app) {
    auto o = std::make_shared<LossOptions>();
    CLI::App* command =
        app.add_subcommand("loss", "The value of a loss or metric on two files, and the loss's gradient");
    command->add_option("name", o->name, "A sum of losses, such as l2+0.01*ms-glance, or a metric");
    command->add_option("prediction", o->prediction, "PNG (in [0, 1]), NPY, or NIfTI with --slice");
    command->add_option("target", o->target, "The same kind of picture");
    command->add_flag("--list", o->list, "List losses, their settings, and metrics");
    command->add_option("--gradient", o->gradient, "Where dL/d(prediction) goes, NPY in float64");
    command->add_option("--slice", o->slice, "Of volumes: axis:index");
    command
        ->add_option("--data-range", o->data_range,
                     "Of psnr and mean-ssim; by default the file type's, or the target's")
        ->check(CLI::Range(1e-100, 1e100));
    // Compared as real numbers: as unsigned ones, -1 would be the largest.
    const CLI::Range counts(0.0, 1e15);
    command->add_option("--seed", o->seed, "Of random losses")->capture_default_str()->check(counts);
    command->add_option("--step", o->step, "Of random losses: another step draws other pixels")
        ->capture_default_str()
        ->check(counts);
    command->callback([o] { loss(*o); });
}

}  // namespace adjoint::commands
